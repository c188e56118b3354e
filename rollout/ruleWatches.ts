import type { MetricKey } from '../phases/metrics';
import type { Phase, RuleSpec } from '../phases/phase';
import { ERROR_COLUMN, matrixMinimumFailed } from '../phases/rule-specs';
import type { Settings } from '../phases/settings';
import { percentAsRatio, type Ratio, type Seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { formatRatio } from './format';
import { ofComponent } from './measurement';
import {
  anyOf,
  bucketsAbove,
  eachAbove,
  meanAbove,
  p95Above,
  type Rolling,
  type SuccessLimit,
  slotsIn,
  successBelow,
} from './rolling';
import type { TimerState } from './ruleTimer';
import type { Fetched, Series } from './series';
import { foldSlots, increaseSlots, lapses } from './slots';
import type { Witness } from './witness';

export type RuleId = RuleSpec['id'] | 'error-above-five';

export interface RulesInput {
  readonly phase: Phase;
  readonly now: UnixSeconds;
  readonly activatedAt: UnixSeconds;
  readonly settings: Pick<
    Settings,
    'metrics' | 'timing' | 'matrixSuccess' | 'ruleMinimumJobs' | 'ruleMinimumFailed' | 'watcher'
  >;
  readonly series: { readonly [K in MetricKey]: Fetched };
  /** Seconds of the pinned chat p99. */
  readonly baseline: number | undefined;
  /** Timers as they stood, by rule; samples they saw are not counted again. */
  readonly timers?: ReadonlyMap<RuleId, TimerState>;
  /** What a watcher sees by itself; absent where none tells. */
  readonly witness?: Witness;
}

/** One rule with all that is needed to look at it. */
export interface Watch {
  readonly id: RuleId;
  readonly title: string;
  readonly verdict: 'ROLLBACK' | 'EMERGENCY';
  readonly metric: MetricKey;
  readonly for: Seconds;
  /** What else the rule cannot be known without. */
  readonly needs?: MetricKey;
  /** What the metric's own quantile is held against. */
  readonly limit?: number;
  /** Unix seconds: no look-back and no `for` reaches before. */
  readonly from: number;
  readonly look: (fetched: Samples, from: number) => Rolling;
}

type Samples = Extract<Fetched, { notANumber: number }>;

/** What a rule of the plan looks at; the error rule also watches the severe column, from activation on. */
export function watchesOf(spec: Exclude<RuleSpec, { id: 'chat-down' | 'worker-oom' }>, input: RulesInput): Watch[] {
  const { timing, matrixSuccess, ruleMinimumFailed: minimumFailed } = input.settings;
  const afterWarmUp = input.activatedAt + timing.warmUp;
  const shared = { id: spec.id, verdict: 'ROLLBACK', for: timing.scaled(spec.for), from: afterWarmUp } as const;
  switch (spec.id) {
    case 'success-below':
      return [
        {
          ...shared,
          ...successWatch(input, { limit: spec.limit, including: false, minimumFailed }),
          title: `success rate < ${formatRatio(spec.limit)}`,
        },
      ];
    case 'success-not-above-matrix': {
      const limit = percentAsRatio(matrixSuccess);
      const look = successWatch(input, { limit, including: true, minimumFailed: matrixMinimumFailed(minimumFailed) });
      return [{ ...shared, ...look, title: `success rate ≤ ${formatRatio(limit)}` }];
    }
    case 'error-above': {
      const five = {
        ...shared,
        ...errorWatch(input, ERROR_COLUMN),
        title: `error rate > ${formatRatio(ERROR_COLUMN)}`,
        verdict: spec.emergencyAbove === undefined ? 'ROLLBACK' : 'EMERGENCY',
        from: input.activatedAt,
      } as const;
      if (spec.limit >= ERROR_COLUMN) return [five];
      const own = { ...shared, ...errorWatch(input, spec.limit), title: `error rate > ${formatRatio(spec.limit)}` };
      return [own, { ...five, id: 'error-above-five' }];
    }
    case 'queue-above':
      return [{ ...shared, ...instantWatch(input, 'queue_depth', spec.limit), title: `queue depth > ${spec.limit}` }];
    case 'memory-above':
      return [
        {
          ...shared,
          ...instantWatch(input, 'memory_usage', spec.limit),
          title: `memory of any component > ${formatRatio(spec.limit)}`,
        },
      ];
    case 'chat-p99-above-baseline':
      return [
        { ...shared, ...chatWatch(input, spec.by), title: `chat p99 > +${formatRatio(spec.by)} of the baseline` },
      ];
  }
}

type Look = Pick<Watch, 'metric' | 'needs' | 'limit' | 'look'>;

function successWatch(
  { settings, series, now }: RulesInput,
  own: Pick<SuccessLimit, 'limit' | 'including' | 'minimumFailed'>,
): Look {
  const { timing, metrics, ruleMinimumJobs } = settings;
  const interval = timing.scrapeInterval;
  const rule = {
    ...own,
    minimumJobs: ruleMinimumJobs,
    shortest: slotsIn(timing.ruleLookBack, interval),
    longest: slotsIn(timing.ruleLookBackMost, interval),
  };
  const jobsSeries = series.materializer_new.kind === 'series' ? series.materializer_new.series : [];
  return {
    metric: 'materializer_success_rate',
    // Counters of success count the jobs themselves.
    ...(series.materializer_success_rate.kind === 'series' ? { needs: 'materializer_new' } : {}),
    look: (fetched, from) => {
      const period = { from: unixSeconds(from), to: now };
      if (fetched.kind === 'ratio') {
        const success = increaseSlots(fetched.part, period, interval);
        return successBelow({ success, jobs: increaseSlots(fetched.whole, period, interval), counted: true }, rule);
      }
      const { acrossPods, valid } = metrics.materializer_success_rate.definition;
      const success = foldSlots(gauges(fetched), period, interval, acrossPods, valid);
      return successBelow({ success, jobs: increaseSlots(jobsSeries, period, interval), counted: false }, rule);
    },
  };
}

function errorWatch({ settings, now }: RulesInput, limit: Ratio): Look {
  const { timing, metrics } = settings;
  const interval = timing.scrapeInterval;
  const length = slotsIn(timing.ruleLookBack, interval);
  return {
    metric: 'error_rate',
    look: (fetched, from) => {
      const period = { from: unixSeconds(from), to: now };
      if (fetched.kind === 'ratio') {
        const [part, whole] = [fetched.part, fetched.whole].map((one) => increaseSlots(one, period, interval));
        return meanAbove(part!, whole, limit, length);
      }
      const { acrossPods, valid } = metrics.error_rate.definition;
      return meanAbove(foldSlots(gauges(fetched), period, interval, acrossPods, valid), undefined, limit, length);
    },
  };
}

/** A metric that is neither a rate nor a latency: each moment by itself, the highest of all pods and components. */
function instantWatch({ settings, now }: RulesInput, metric: 'queue_depth' | 'memory_usage', limit: number): Look {
  const { timing, metrics } = settings;
  return {
    metric,
    look: (fetched, from) => {
      const { valid } = metrics[metric].definition;
      const period = { from: unixSeconds(from), to: now };
      const above = (series: readonly Series[]): Rolling => {
        const slots = foldSlots(series, period, timing.scrapeInterval, 'max', valid);
        return eachAbove(slots, limit, lapses(series, period, timing.scrapeInterval, valid));
      };
      const all = gauges(fetched);
      if (metric === 'queue_depth') return above(all);
      const [api, workers] = COMPONENTS.map((component) => above(ofComponent(all, component)));
      return anyOf([api!, workers!, ...others(all).map(above)]);
    },
  };
}

/** Components whose memory must be known. */
export const COMPONENTS = ['api', 'workers'] as const;

/** Series of further components: together, as far as they are there. */
function others(series: readonly Series[]): (readonly Series[])[] {
  const further = series.filter(({ component }) => !COMPONENTS.some((one) => one === component));
  return further.length === 0 ? [] : [further];
}

function chatWatch({ settings, now, baseline = 0 }: RulesInput, by: Ratio): Look {
  const { timing, metrics } = settings;
  const interval = timing.scrapeInterval;
  const length = slotsIn(timing.ruleLookBack, interval);
  const limit = Number((baseline * (1 + by)).toPrecision(12));
  return {
    metric: 'chat_latency_p99',
    limit,
    look: (fetched, from) => {
      const period = { from: unixSeconds(from), to: now };
      if (fetched.kind === 'histogram') {
        const buckets = fetched.buckets.map(({ le, series }) => ({
          le,
          grown: increaseSlots(series, period, interval),
        }));
        return bucketsAbove(buckets, limit, length);
      }
      const { acrossPods, valid } = metrics.chat_latency_p99.definition;
      return p95Above(foldSlots(gauges(fetched), period, interval, acrossPods, valid), limit, length);
    },
  };
}

const gauges = (fetched: Samples) => (fetched.kind === 'series' ? fetched.series : []);
