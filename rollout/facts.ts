import type { MetricKey } from '../phases/metrics';
import type { CheckId, Phase, PhaseName } from '../phases/phase';
import type { Settings } from '../phases/settings';
import type { UnixSeconds } from '../phases/units';
import type { Baseline } from './baseline';
import { limitOf } from './check';
import { isMissing, type Measurement, measure, ofComponent, seriesIn } from './measurement';
import type { Override } from './override';
import { presently } from './presently';
import { type RuleResult, rulesOf } from './rollback';
import type { TimerState } from './ruleTimer';
import type { RuleId } from './ruleWatches';
import type { Fetched, Series } from './series';
import type { SideCheck } from './sideChecks';
import { type SuccessHold, successHoldOf } from './successHold';
import {
  type MinuteEvidence,
  recentSliceOf,
  type Window,
  type WindowInput,
  type WindowProgress,
  windowOf,
} from './window';
import type { Witness } from './witness';

/** What {@link factsOf} measures: samples of the live phase and what is known beside them. No I/O, no clock. */
export interface DecideInput {
  readonly phase: Phase;
  readonly now: UnixSeconds;
  readonly activatedAt: UnixSeconds;
  readonly settings: Pick<
    Settings,
    | 'metrics'
    | 'timing'
    | 'timezone'
    | 'matrixSuccess'
    | 'minimumJobs'
    | 'ruleMinimumJobs'
    | 'ruleMinimumFailed'
    | 'override'
    | 'watcher'
  >;
  readonly series: { readonly [K in keyof Settings['metrics']]: Fetched };
  readonly baseline: Baseline | undefined;
  /** Names of the present pods of Denis; absent: every pod that is measured counts as one. */
  readonly pods?: readonly string[];
  readonly livePercent: number;
  /** Why less may be live, or nothing: empty or absent where the percentage is known. */
  readonly uncertain?: readonly string[];
  /** Undefined without a ledger: that refuses moves up, and takes nothing back. */
  readonly permittedPercent: number | undefined;
  /** Timers of the rules as they stood at an earlier reading. */
  readonly timers?: ReadonlyMap<RuleId, TimerState>;
  /** What a watcher sees by itself; absent where none tells. */
  readonly witness?: Witness;
  /** What beside the metrics judges the phase; absent where nothing does. */
  readonly sides?: readonly SideCheck[];
}

/** One check as it was measured; `off` where a setting switched it off. */
export type CheckFacts =
  | { readonly id: CheckId; readonly off: string }
  | { readonly id: CheckId; readonly window: Measurement; readonly recent?: Measurement };

/** All that a decision is made of. Plain data: written down, it gives the same decision again. */
export interface PhaseFacts {
  readonly phase: PhaseName;
  readonly now: UnixSeconds;
  readonly livePercent: number;
  /** Why less may be live, or nothing. */
  readonly uncertain?: readonly string[];
  readonly permittedPercent?: number;
  /** Percent. */
  readonly matrixSuccess: number;
  readonly minimumJobs: number;
  readonly window: WindowProgress;
  /**
   * Whether the window has ended as far as is known: no minute is waited for on account of a measurement that is missing now.
   * That one holds by itself, and must not keep the others from being judged.
   */
  readonly ended: boolean;
  readonly checks: readonly CheckFacts[];
  readonly rules: readonly RuleResult[];
  /** Finished or queued jobs in the window. */
  readonly jobs: Measurement;
  /** What the pods report just now. */
  readonly percentage: Measurement;
  readonly baseline?: Baseline;
  readonly successHold?: SuccessHold;
  readonly override?: Override;
  readonly sides?: readonly SideCheck[];
}

/** Measures everything that the live phase is judged by. Pure. */
export function factsOf(input: DecideInput): PhaseFacts {
  const { phase, settings, baseline, permittedPercent, uncertain = [] } = input;
  const windowInput: WindowInput = { ...input, timing: settings.timing, timezone: settings.timezone };
  const evidence = minuteEvidence(input);
  const window = windowOf(windowInput, evidence);
  const percentage = presently(input, 'materializer_pct');
  const known = knownEvidence(evidence, isMissing(percentage));
  const judged = known === evidence ? window : windowOf(windowInput, known);
  const rulesInput = { ...input, baseline: baseline?.chatP99 };
  // Without its own samples the clock of the hold stands still.
  const ofHold = knownEvidence(evidence, isMissing(percentage), 'materializer_success_rate');
  const successHold = successHoldOf(rulesInput, windowInput, ofHold);
  return {
    phase: phase.name,
    now: input.now,
    livePercent: input.livePercent,
    ...(uncertain.length === 0 ? {} : { uncertain }),
    ...(permittedPercent === undefined ? {} : { permittedPercent }),
    matrixSuccess: settings.matrixSuccess,
    minimumJobs: settings.minimumJobs,
    window: progressIn(window),
    ended: judged.complete,
    checks: phase.checks.map((spec) => {
      const missing = isMissing(presently(input, spec.metric, { component: spec.component }));
      return checkFacts(spec, input, missing ? window : judged, windowInput);
    }),
    rules: rulesOf(rulesInput),
    jobs: jobsIn(input, judged),
    percentage,
    ...(baseline === undefined ? {} : { baseline }),
    ...(successHold === undefined ? {} : { successHold }),
    ...(settings.override === undefined ? {} : { override: settings.override }),
    ...(input.sides === undefined || input.sides.length === 0 ? {} : { sides: input.sides }),
  };
}

const progressIn = ({ needed, counted, complete, completeAt, uncounted }: Window): WindowProgress => ({
  needed,
  counted,
  complete,
  ...(completeAt === undefined ? {} : { completeAt }),
  uncounted,
});

function checkFacts(
  spec: Phase['checks'][number],
  input: DecideInput,
  window: Window,
  windowInput: WindowInput,
): CheckFacts {
  const { definition } = input.settings.metrics[spec.metric];
  const fetched = input.series[spec.metric];
  if (fetched.kind === 'off') return { id: spec.id, off: fetched.reason };
  const limit = limitOf(spec, input.baseline);
  const over = (period: Parameters<typeof measure>[1]): Measurement =>
    measure(fetched, period, {
      definition,
      ...(spec.component === undefined ? {} : { component: spec.component }),
      ...(limit === undefined ? {} : { limit }),
      timing: input.settings.timing,
      now: input.now,
    });
  // Availability is a share of all the time that passed, also of minutes that do not count otherwise.
  const whole = definition.statistic === 'availability' || definition.statistic === 'last';
  return {
    id: spec.id,
    window: over(whole ? { from: window.from, to: window.to } : window),
    ...(spec.recentSlice ? { recent: over(recentSliceOf(windowInput)) } : {}),
  };
}

/** What every minute of the window needs: the percentage each pod reports, and a valid sample of each hard check. */
function minuteEvidence(input: DecideInput): Evidence {
  const { phase, series, settings, pods } = input;
  const hard = phase.checks.filter(({ kind, metric }) => kind === 'hard' && series[metric].kind !== 'off');
  return {
    percentage: samplesOf(series.materializer_pct),
    ...(pods === undefined ? {} : { pods }),
    hard: hard.map((spec) => ({
      title: spec.title,
      metric: spec.metric,
      missing: isMissing(presently(input, spec.metric, { component: spec.component })),
      series: ofComponent(samplesOf(series[spec.metric]), spec.component),
      valid: series[spec.metric].kind === 'series' ? settings.metrics[spec.metric].definition.valid : ANY_COUNT,
    })),
  };
}

interface Evidence extends MinuteEvidence {
  readonly hard: readonly (MinuteEvidence['hard'][number] & {
    readonly metric: MetricKey;
    readonly missing: boolean;
  })[];
}

/** The same without what is missing now, but for one metric. */
function knownEvidence(evidence: Evidence, noPercentage: boolean, own?: MetricKey): MinuteEvidence {
  if (!noPercentage && !evidence.hard.some(({ missing }) => missing)) return evidence;
  const { percentage, ...others } = evidence;
  return {
    ...others,
    ...(noPercentage || percentage === undefined ? {} : { percentage }),
    hard: evidence.hard.filter(({ missing, metric }) => !missing || metric === own),
  };
}

const ANY_COUNT = [0, Number.POSITIVE_INFINITY] as const;

/** The samples that say that a metric was there. */
function samplesOf(fetched: Fetched): readonly Series[] {
  switch (fetched.kind) {
    case 'series':
    case 'ratio':
    case 'histogram':
      return seriesIn(fetched);
    case 'ambiguous':
    case 'unreachable':
    case 'off':
      return [];
  }
}

/** Finished jobs where counters are configured, else those that were enqueued. */
function jobsIn(input: DecideInput, window: Window): Measurement {
  const { series, settings, now } = input;
  const finished = series.materializer_success_rate;
  const { definition } = settings.metrics.materializer_new;
  const fetched: Fetched =
    finished.kind === 'ratio' ? { ...finished, kind: 'series', series: finished.whole } : series.materializer_new;
  if (fetched.kind === 'off') return { kind: 'noData', query: '', detail: fetched.reason };
  return measure(fetched, window, { definition, timing: settings.timing, now });
}
