import { probeChat } from '../../observe/chat';
import { type Gate, judgeStack } from '../../observe/gate';
import type { RawSettings, Settings } from '../../phases/settings';
import { type UnixSeconds, unixSeconds } from '../../phases/units';
import { reasonOf } from '../../phases/userError';
import { activatedAt, judge } from '../../rollout/assessment';
import { type Reading, read, unreadable } from '../../rollout/cluster';
import { timersOf, type WatcherStatus } from '../../rollout/watcherStatus';
import type { Observation } from '../../rollout/watchStep';
import { type Probe, type Witness, witnessed } from '../../rollout/witness';

export interface Eyes {
  readonly stack: string;
  readonly raw: RawSettings;
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  /** ms since 1970. */
  readonly clock: () => number;
}

/** What one look at the world found. */
export interface Look {
  readonly gate: Reading<Gate>;
  /** Undefined where it says nothing of Denis. */
  readonly probe: Probe | undefined;
  readonly at: UnixSeconds;
}

/** The same beside what the watcher knew. */
export interface Seen {
  readonly observation: Observation;
  readonly gate: Reading<Gate>;
  /** What of the witness is new. */
  readonly news: Witness;
}

/** Looks at everything at once; each source has its own deadline. Never throws. @param number of the look: no two probes are of one user */
export async function look(eyes: Eyes, number: number): Promise<Look> {
  const { stack, raw, settings, env } = eyes;
  const sent = now(eyes);
  const [gate, chat] = await Promise.all([
    judgeStack(stack, raw, env, { always: true }).then(read, (thrown: unknown) => unreadable(reasonOf(thrown))),
    probeChat(settings.chat, undefined, `watcher-${number}`),
  ]);
  return { gate, probe: probeOf(sent, chat, gate), at: now(eyes) };
}

/** Judges what was found, with what the watcher knew before. */
export function see({ gate, probe, at }: Look, status: WatcherStatus): Seen {
  const known = new Set(status.witness.ooms.map((one) => JSON.stringify(one)));
  const ooms = gate.kind === 'read' ? gate.value.oomKills : [];
  const news: Witness = {
    probes: probe === undefined ? [] : [probe],
    ooms: ooms.filter((one) => !known.has(JSON.stringify(one))),
  };
  const witness = witnessed(status.witness, news);
  return { observation: { at, judgement: judged(gate, status, witness), witness }, gate, news };
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
