import { randomBytes } from 'node:crypto';
import { complaint, type Kubectl } from '../observe/kubectl';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { type EvidenceRecord, summaryOf } from '../rollout/evidence';

const REASONS = { permit: 'CanaryPermitted', refusal: 'CanaryRefused', decision: 'CanaryDecided' } as const;
const COMPONENT = 'denis-canary';
const DEADLINE_MS = 5_000;

/**
 * Writes a record's summary as an Event on the Deployment of Denis, where `kubectl describe` shows it.
 * @throws UserError `event` when the API server refuses, or does not answer within 5 s
 */
export async function writeEvent(kubectl: Kubectl, cluster: ClusterSettings, record: EvidenceRecord): Promise<void> {
  const { kind, at, outcome } = record;
  const severe = outcome.verdict === 'ROLLBACK' || outcome.verdict === 'EMERGENCY';
  const event = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${COMPONENT}.${randomBytes(8).toString('hex')}`, namespace: cluster.namespace },
    involvedObject: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: cluster.deployment,
      namespace: cluster.namespace,
      ...(record.cluster.denis === undefined ? {} : { uid: record.cluster.denis.uid }),
    },
    // The provider repeats warnings about a Deployment in the middle of the next update: a refusal is none.
    type: severe ? 'Warning' : 'Normal',
    reason: REASONS[kind],
    message: summaryOf(record),
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: COMPONENT,
    action: record.mode,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  // Without validation: kubectl would fetch the schema of the whole API for it.
  const args = ['create', '--validate=false', '-f', '-'];
  const result = await kubectl(args, { input: JSON.stringify(event), signal }).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
    throw new UserError('event', `the API server took no Event within ${DEADLINE_MS / 1000} s`);
  });
  if (result.code === 0) return;
  const why = complaint(result).replace('error when creating "STDIN": ', '');
  throw new UserError('event', `no Event could be written: ${why}`);
}
