import type { RuleSpec } from '../phases/phase';
import { type Seconds, seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { formatNumber } from './format';
import { isMissing, type Missing } from './measurement';
import { presently } from './presently';
import type { Rolling } from './rolling';
import { coverUntil, NEVER_VIOLATED, run, type TimerState } from './ruleTimer';
import { COMPONENTS, type RuleId, type RulesInput, type Watch, watchesOf } from './ruleWatches';
import { chatDown, workerOom } from './witnessRules';

/** One rollback rule of the live phase, as far as it is known. */
export interface RuleResult {
  readonly id: RuleId;
  /** `success rate < 93 %` */
  readonly title: string;
  readonly verdict: Watch['verdict'];
  /** Seconds that violating samples must cover; undefined where the rule counts something else. */
  readonly for?: Seconds;
  /**
   * `external` is watched by another program, `off` has no series here; `missing` cannot be known now; `violated` and `quiet`
   * are what the newest sample says; `fired` stays.
   */
  readonly status: 'fired' | 'violated' | 'quiet' | 'missing' | 'external' | 'off';
  /** Present value for people. */
  readonly value?: string;
  /** How long it has been violated, seconds. */
  readonly held: Seconds;
  readonly firedAt?: UnixSeconds;
  readonly why?: Missing;
  readonly note?: string;
  /** What only warns. */
  readonly warning?: string;
  /** Of a rule that counts probes: how many in a row are down, and how many fire it. */
  readonly probes?: { readonly down: number; readonly of: number };
  readonly timer: TimerState;
}

/** Judges every rollback rule of the phase by all samples since its activation. Pure. Source: the plan, "Automatic rollback". */
export function rulesOf(input: RulesInput): readonly RuleResult[] {
  return input.phase.rules.flatMap((spec) => resultsOf(spec, input));
}

function resultsOf(spec: RuleSpec, input: RulesInput): RuleResult[] {
  switch (spec.id) {
    case 'chat-down':
      return [chatDown(spec, input)];
    case 'worker-oom':
      return [workerOom(input)];
    case 'chat-p99-above-baseline':
      if (input.baseline === undefined && input.series.chat_latency_p99.kind !== 'off') {
        const why = {
          kind: 'noData',
          query: '',
          detail: 'no baseline is pinned; npm run baseline repairs it',
        } as const;
        const { title } = watchesOf(spec, input)[0]!;
        const unknown = { verdict: 'ROLLBACK', held: seconds(0), status: 'missing', timer: NEVER_VIOLATED } as const;
        return [{ ...unknown, id: spec.id, title, for: spec.for, why }];
      }
      return watchesOf(spec, input).map((watch) => watched(watch, input));
    case 'success-below':
    case 'success-not-above-matrix':
    case 'error-above':
    case 'queue-above':
    case 'memory-above':
      return watchesOf(spec, input).map((watch) => watched(watch, input));
  }
}

/** Runs a rule's timer over every slot that is over. */
function watched(watch: Watch, input: RulesInput): RuleResult {
  const { id, title, verdict, metric, for: needed, from } = watch;
  const { timing, metrics } = input.settings;
  const fetched = input.series[metric];
  const before = timerSince(from, input.timers?.get(id));
  const shared = { id, title, verdict, for: needed };
  if (fetched.kind === 'off') {
    return { ...shared, status: 'off', held: seconds(0), note: fetched.reason, timer: NEVER_VIOLATED };
  }
  const options = { for: needed, most: seconds(2 * timing.scrapeInterval) };
  let timer = before;
  let rolling: Rolling | undefined;
  if (fetched.kind !== 'unreachable' && fetched.kind !== 'ambiguous') {
    rolling = watch.look(fetched, from);
    timer = run(timer, { ...rolling, interval: timing.scrapeInterval, until: input.now }, options);
  }
  const covered = coverUntil(timer, input.now, options);
  timer = { ...timer, ...covered.fired };
  const value = rolling?.value;
  const missing = missingOf(watch, input);
  return {
    ...shared,
    status:
      timer.firedAt !== undefined
        ? 'fired'
        : missing !== undefined
          ? 'missing'
          : timer.open !== undefined
            ? 'violated'
            : 'quiet',
    held: seconds(covered.held),
    ...(value === undefined ? {} : { value: formatNumber(metrics[metric].definition.unit, value) }),
    ...(timer.firedAt === undefined ? {} : { firedAt: unixSeconds(timer.firedAt) }),
    ...(missing === undefined ? {} : { why: missing }),
    timer,
  };
}

/** A timer that began or fired before is one of an earlier activation. */
function timerSince(from: number, timer: TimerState = NEVER_VIOLATED): TimerState {
  const { since = from, firedAt = from } = timer;
  return since < from || firedAt < from ? NEVER_VIOLATED : timer;
}

/** Why the rule cannot be known now: what it looks at is silent, stale or unreadable. */
function missingOf({ metric, needs, limit }: Watch, input: RulesInput): Missing | undefined {
  const components = metric === 'memory_usage' ? COMPONENTS : [undefined];
  const found = components.map((component) => presently(input, metric, { component, limit }));
  if (needs !== undefined && input.series[needs].kind !== 'off') found.push(presently(input, needs));
  return found.find(isMissing);
}
