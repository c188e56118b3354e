import type { RuleSpec } from '../phases/phase';
import { formatDuration, minutes, seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import type { Missing } from './measurement';
import type { RuleResult } from './rollback';
import { NEVER_VIOLATED, type TimerState } from './ruleTimer';
import type { RulesInput } from './ruleWatches';
import type { Probe } from './witness';

type ChatDown = Extract<RuleSpec, { id: 'chat-down' }>;

/** Probes are started by a timer: one that comes a little early is still apart. */
const EARLY = seconds(1);
/** Probes further apart than so many spacings are not in a row: nobody knows what was between them. */
const MOST_SPACINGS = 3;
/** A newest probe older than this says nothing of the present. Not scaled: probes are not. */
const PROBE_STALE = minutes(2);

/** `/chat` down: so many probes in a row, also during the warm-up. Source: the plan, "Automatic rollback". */
export function chatDown(spec: ChatDown, input: RulesInput): RuleResult {
  const shared = { id: spec.id, title: '/chat down', verdict: 'ROLLBACK' } as const;
  const before = firedSince(input, spec.id);
  const { witness, now, activatedAt } = input;
  if (witness === undefined) return { ...shared, ...unwitnessed(input, before) };
  const probes = witness.probes.filter(({ at }) => at >= activatedAt);
  const row = rowsOf(probes, spec);
  const timer = before ?? (row.firedAt === undefined ? NEVER_VIOLATED : { held: 0, firedAt: row.firedAt });
  const newest = probes.at(-1);
  const missing = staleness(newest?.at ?? activatedAt, now);
  return {
    ...shared,
    status:
      timer.firedAt !== undefined ? 'fired' : missing !== undefined ? 'missing' : row.down > 0 ? 'violated' : 'quiet',
    held: seconds(0),
    probes: { down: row.down, of: spec.probes },
    ...(newest === undefined ? {} : { value: newest.result }),
    ...firedAtOf(timer),
    ...(missing === undefined ? {} : { why: missing }),
    ...(newest?.result === 'refused' ? { warning: `/chat refuses the test message${because(newest)}` } : {}),
    timer,
  };
}

/** Down probes since the newest one that was not, of those that lie apart, and when there were enough of them first. */
function rowsOf(
  probes: readonly Probe[],
  { probes: needed, apart }: ChatDown,
): { readonly down: number; readonly firedAt?: UnixSeconds } {
  let down = 0;
  let [counted, newest] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let firedAt: UnixSeconds | undefined;
  for (const { at, result } of probes) {
    if (result !== 'down' || at - newest > MOST_SPACINGS * apart) down = 0;
    if (result === 'down' && (down === 0 || at - counted >= apart - EARLY)) {
      down++;
      counted = at;
      if (down >= needed) firedAt ??= at;
    }
    newest = at;
  }
  return { down, ...(firedAt === undefined ? {} : { firedAt }) };
}

/** A worker OOM-killed since activation, at once. Source: the plan, "Automatic rollback". */
export function workerOom(input: RulesInput): RuleResult {
  const shared = { id: 'worker-oom', title: 'worker OOM-killed', verdict: 'ROLLBACK' } as const;
  const before = firedSince(input, 'worker-oom');
  const { witness, activatedAt } = input;
  if (witness === undefined) return { ...shared, ...unwitnessed(input, before) };
  const kills = witness.ooms.filter(({ at }) => at >= activatedAt);
  const [first] = kills;
  const newest = kills.at(-1);
  const timer = before ?? (first === undefined ? NEVER_VIOLATED : { held: 0, firedAt: first.at });
  return {
    ...shared,
    status: timer.firedAt === undefined ? 'quiet' : 'fired',
    held: seconds(0),
    ...(newest === undefined ? {} : { value: `${kills.length} (${newest.pod}/${newest.container})` }),
    ...firedAtOf(timer),
    timer,
  };
}

/** What nobody of ours sees holds nothing; a rule that fired stays fired. */
function unwitnessed(
  { settings: { watcher } }: RulesInput,
  before: TimerState | undefined,
): Pick<RuleResult, 'status' | 'held' | 'note' | 'firedAt' | 'timer'> {
  const note = watcher.kind === 'external' ? `watched by ${watcher.name}` : 'no watcher tells';
  return {
    status: before === undefined ? 'external' : 'fired',
    held: seconds(0),
    note,
    ...firedAtOf(before ?? NEVER_VIOLATED),
    timer: before ?? NEVER_VIOLATED,
  };
}

/** The rule's timer where it fired since activation. */
function firedSince({ timers, activatedAt }: RulesInput, id: RuleResult['id']): TimerState | undefined {
  const timer = timers?.get(id);
  return timer?.firedAt !== undefined && timer.firedAt >= activatedAt ? timer : undefined;
}

const firedAtOf = ({ firedAt }: TimerState) => (firedAt === undefined ? {} : { firedAt: unixSeconds(firedAt) });

function staleness(newest: number, now: number): Missing | undefined {
  const age = seconds(now - newest);
  if (age <= PROBE_STALE) return undefined;
  const detail = `newest probe is ${formatDuration(age)} old, more than ${formatDuration(PROBE_STALE)}`;
  return { kind: 'stale', query: '', age, detail };
}

const because = ({ why }: Probe): string => (why === undefined ? '' : ` (${why})`);
