import type { Gate } from '../observe/gate';
import { kubectlFor } from '../observe/kubectl';
import { readRevision } from '../observe/revision';
import { type EvidenceRecord, evidenceOf, type Occasion } from '../rollout/evidence';
import { moveName } from '../rollout/table';
import { eventOf, writeEvent } from './events';
import { appendEvidence } from './journal';
import { writeAll } from './writeAll';

/** What nobody's evidence holds up. */
const GOES_ON: Record<EvidenceRecord['kind'], string> = {
  permit: 'the move goes on without',
  refusal: 'the refusal stands without',
  decision: 'the report stands without',
};

/**
 * Writes down what a gate said: in this machine's journal and, of an update or a decision, as an Event. Never fails, and is done
 * within 7 s: what could not be written is returned, a sentence each.
 */
export async function recordEvidence(
  gate: Gate,
  occasion: Pick<Occasion, 'by' | 'mode'>,
  env: NodeJS.ProcessEnv,
): Promise<string[]> {
  const { judgement, cluster, settingsHash, journal, checkout } = gate;
  const revision = await readRevision(checkout, env);
  const record = evidenceOf(judgement, { ...occasion, revision, settingsHash }, moveName(judgement));
  const writes: [string, () => unknown][] = [['journal', () => appendEvidence(journal, record)]];
  if (occasion.mode !== 'preview') {
    writes.push(['Event', () => writeEvent(kubectlFor(cluster, env), cluster, eventOf(record))]);
  }
  return writeAll(writes, GOES_ON[record.kind]);
}
