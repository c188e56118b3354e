import { probeChat } from '../../observe/chat';
import { type Gate, judgeStack } from '../../observe/gate';
import type { Kubectl } from '../../observe/kubectl';
import { readOomKills } from '../../observe/workerOom';
import type { RawSettings, Settings } from '../../phases/settings';
import { type UnixSeconds, unixSeconds } from '../../phases/units';
import { reasonOf } from '../../phases/userError';
import { activatedAt, judge } from '../../rollout/assessment';
import { type Reading, read, unreadable } from '../../rollout/cluster';
import { timersOf, type WatcherStatus } from '../../rollout/watcherStatus';
import type { Observation } from '../../rollout/watchStep';
import { type Probe, type Witness, witnessed } from '../../rollout/witness';

export interface Eyes {
  readonly kubectl: Kubectl;
  readonly stack: string;
  readonly raw: RawSettings;
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  /** ms since 1970. */
  readonly clock: () => number;
}

/** What one look at the world found. */
export interface Seen {
  readonly observation: Observation;
  readonly gate: Reading<Gate>;
  /** What of the witness is new. */
  readonly news: Witness;
  /** What could not be looked at beside the judgement. */
  readonly problems: readonly string[];
}

/** Looks at everything at once; each source has its own deadline. Never throws. @param number of the look: no two probes are of one user */
export async function see(eyes: Eyes, status: WatcherStatus, number: number): Promise<Seen> {
  const { kubectl, stack, raw, settings, env } = eyes;
  const at = now(eyes);
  const [gate, chat, ooms] = await Promise.all([
    judgeStack(stack, raw, env, { always: true }).then(read, (thrown: unknown) => unreadable(reasonOf(thrown))),
    probeChat(settings.chat, undefined, `watcher-${number}`),
    readOomKills(kubectl, settings),
  ]);
  const probe = probeOf(at, chat, gate);
  const known = new Set(status.witness.ooms.map((one) => JSON.stringify(one)));
  const news: Witness = {
    probes: probe === undefined ? [] : [probe],
    ooms: ooms.kind === 'read' ? ooms.value.filter((one) => !known.has(JSON.stringify(one))) : [],
  };
  const witness = witnessed(status.witness, news);
  return {
    observation: { at: now(eyes), judgement: judged(gate, status, witness), witness },
    gate,
    news,
    problems: ooms.kind === 'unreadable' ? [ooms.reason] : [],
  };
}

const now = ({ clock }: Eyes): UnixSeconds => unixSeconds(clock() / 1000);

/** The judgement of this very moment: with what was seen just now, and the timers as they stand. */
function judged(gate: Reading<Gate>, status: WatcherStatus, witness: Witness): Observation['judgement'] {
  if (gate.kind === 'unreadable') return gate;
  const { assessment } = gate.value;
  // With broken settings a gate still tells what is live; nothing of it can be judged.
  if (assessment.settings.kind === 'unreadable') return assessment.settings;
  const same = activatedAt(assessment.cluster) === status.activatedAt;
  return read(judge(assessment, { witness, ...(same ? { timers: timersOf(status) } : {}) }));
}

/** A probe that fails while nothing else answers either says nothing of Denis: the watcher is blind. */
function probeOf(at: UnixSeconds, chat: Reading<number>, gate: Reading<Gate>): Probe | undefined {
  if (chat.kind === 'read' && chat.value < 400) return { at, result: 'good' };
  if (chat.kind === 'read' && chat.value < 500) return { at, result: 'refused', why: `it answers ${chat.value}` };
  if (gate.kind === 'unreadable') return undefined;
  return { at, result: 'down', why: chat.kind === 'read' ? `it answers ${chat.value}` : chat.reason };
}
