import { randomBytes } from 'node:crypto';
import { complaint, type Kubectl } from '../observe/kubectl';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { type Action, actionSummary } from '../rollout/action';
import { type EvidenceRecord, summaryOf } from '../rollout/evidence';

/** What an Event on the Deployment of Denis says. */
export interface DenisEvent {
  readonly reason: string;
  readonly type: 'Normal' | 'Warning';
  readonly message: string;
  /** What was done, for machines. */
  readonly action: string;
  /** ISO time. */
  readonly at: string;
  /** Of the Deployment: without it `kubectl describe` does not show the Event. */
  readonly uid: string | undefined;
}

const REASONS = {
  permit: 'CanaryPermitted',
  refusal: 'CanaryRefused',
  decision: 'CanaryDecided',
  kill: 'CanaryKilled',
  resume: 'CanaryResumed',
  rollback: 'CanaryRolledBack',
  drill: 'CanaryDrilled',
  baseline: 'CanaryBaselinePinned',
  complete: 'CanaryCompleted',
} as const;
const COMPONENT = 'denis-canary';
const DEADLINE_MS = 5_000;

/** What was judged. The provider repeats warnings about a Deployment in the middle of the next update: a refusal is none. */
export function eventOf(record: EvidenceRecord): DenisEvent {
  const { kind, at, outcome, mode, cluster } = record;
  const severe = outcome.verdict === 'ROLLBACK' || outcome.verdict === 'EMERGENCY';
  return {
    reason: REASONS[kind],
    type: severe ? 'Warning' : 'Normal',
    message: summaryOf(record),
    action: mode,
    at,
    uid: cluster.denis?.uid,
  };
}

/** What was done. */
export function actionEventOf(action: Action, uid: string | undefined): DenisEvent {
  const { kind, at } = action;
  const type = kind === 'kill' || kind === 'rollback' ? 'Warning' : 'Normal';
  return { reason: REASONS[kind], type, message: actionSummary(action), action: kind, at, uid };
}

/** @throws UserError `event` when the API server refuses, or does not answer within 5 s */
export async function writeEvent(kubectl: Kubectl, cluster: ClusterSettings, event: DenisEvent): Promise<void> {
  const { reason, type, message, action, at, uid } = event;
  const object = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${COMPONENT}.${randomBytes(8).toString('hex')}`, namespace: cluster.namespace },
    involvedObject: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: cluster.deployment,
      namespace: cluster.namespace,
      ...(uid === undefined ? {} : { uid }),
    },
    type,
    reason,
    message,
    source: { component: COMPONENT },
    reportingComponent: COMPONENT,
    reportingInstance: COMPONENT,
    action,
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  };
  const signal = AbortSignal.timeout(DEADLINE_MS);
  // Without validation: kubectl would fetch the schema of the whole API for it.
  const args = ['create', '--validate=false', '-f', '-'];
  const result = await kubectl(args, { input: JSON.stringify(object), signal }).catch((thrown: unknown) => {
    if (!signal.aborted) throw thrown;
    throw new UserError('event', `the API server took no Event within ${DEADLINE_MS / 1000} s`);
  });
  if (result.code === 0) return;
  const why = complaint(result).replace('error when creating "STDIN": ', '');
  throw new UserError('event', `no Event could be written: ${why}`);
}
