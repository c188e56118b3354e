import { phaseServing, phaseWatching } from '../phases/ladder';
import type { Phase, PhaseName } from '../phases/phase';
import type { Settings } from '../phases/settings';
import { formatDuration, type Seconds, seconds, type UnixSeconds } from '../phases/units';
import type { Baseline } from './baseline';
import { type Decision, decide } from './decide';
import type { DecideInput } from './facts';
import { formatTime } from './format';
import { type LiveSegment, segmentsOf } from './liveSegments';
import { seriesIn } from './measurement';
import { type AllFetched, playback } from './playback';
import { measureBaseline } from './preflight';
import { type Watched, watchSegment } from './segmentWatch';
import type { Fetched, Series } from './series';

export interface BacktestInput {
  /** Samples over the span, with what lies before it: the baseline's look-back of chat p99, some minutes of the rest. */
  readonly series: AllFetched;
  readonly settings: DecideInput['settings'] & Pick<Settings, 'deployment'>;
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  /** Treats the whole span as this phase, live from its begin on. */
  readonly assume?: Phase;
  /** Seconds of chat p99, instead of a measured baseline. */
  readonly baseline?: Seconds;
  /** How far apart the moments are that are judged in any case; whole minutes. */
  readonly step?: Seconds;
}

/** What the plan would have said over a span of the past. Plain data; times in Unix seconds. */
export interface Backtest {
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  readonly step: Seconds;
  readonly assumed?: PhaseName;
  readonly timezone: string;
  readonly segments: readonly SegmentReport[];
  readonly warnings: readonly string[];
}

/** One stretch at one percentage. */
export interface SegmentReport {
  readonly percent: number;
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  /** What the pods came to report next; undefined at the end of the span. */
  readonly next?: number;
  /** What the plan made of it; undefined while it was off. */
  readonly watched?: Watched & {
    /** Whose limits: of a percentage between two phases, those of the next higher one. */
    readonly phase: PhaseName;
    readonly baseline?: Baseline;
  };
}

/** So many moments are judged in any case unless a step is given: three days take seconds. */
const MOMENTS = 220;
const STEPS_IN_MINUTES = [1, 2, 5, 10, 15, 20, 30, 60, 120, 240];

/** Runs the plan over samples of the past. Pure: at every moment it judges what a reading at that moment would have found. */
export function backtest(input: BacktestInput): Backtest {
  const { from, to, assume, settings } = input;
  const series = assume === undefined ? input.series : assuming(assume, input);
  const reading = playback(series);
  const step = stepOf(input);
  const warnings: string[] = [];
  if (settings.timing.scale !== 1) {
    warnings.push(
      `canary:timeScale is ${settings.timing.scale}: durations are that much shorter, and hours do not count`,
    );
  }
  const found = assume === undefined ? realSegments(series.materializer_pct, input, warnings) : [asIf(assume, input)];
  const segments: SegmentReport[] = [];
  let baseline: Baseline | undefined;
  found.forEach((segment, index) => {
    const before = found[index - 1];
    const next = found[index + 1];
    const shared = { percent: segment.percent, from: segment.from, to: segment.to };
    const report = next === undefined ? shared : { ...shared, next: next.percent };
    const phase = segment.percent > 0 ? phaseWatching(segment.percent) : undefined;
    if (phase === undefined) {
      segments.push(report);
      return;
    }
    // A rollout pins it before it begins; off ends the rollout.
    if (before === undefined || before.percent === 0) {
      const began = before?.to ?? segment.from;
      baseline =
        input.baseline === undefined ? measured(reading, began, settings, warnings) : given(input.baseline, began);
    }
    if (assume === undefined) warnings.push(...warningsOf(segment, phase));
    const judge = judgeOf({ segment, phase, baseline, reading, settings });
    const watched = watchSegment({ segment, judge, step, series, settings });
    segments.push({ ...report, watched: { phase: phase.name, ...(baseline && { baseline }), ...watched } });
  });
  const assumed = assume === undefined ? {} : { assumed: assume.name };
  return { from, to, step, ...assumed, timezone: settings.timezone, segments, warnings: [...new Set(warnings)] };
}

function stepOf({ from, to, step, settings }: BacktestInput): Seconds {
  const { minute } = settings.timing;
  if (step !== undefined) return seconds(Math.max(1, Math.round(step / minute)) * minute);
  const wanted = (to - from) / minute / MOMENTS;
  return seconds((STEPS_IN_MINUTES.find((some) => some >= wanted) ?? Math.ceil(wanted)) * minute);
}

function realSegments(
  percentage: Fetched,
  { from, to, settings }: BacktestInput,
  warnings: string[],
): readonly LiveSegment[] {
  if (percentage.kind === 'ambiguous') warnings.push(`reported percentage: ambiguous (${percentage.detail})`);
  const series = percentage.kind === 'series' ? percentage.series : [];
  const segments = segmentsOf(series, { from, to, scrapeInterval: settings.timing.scrapeInterval });
  const [first] = segments;
  if (first === undefined) {
    warnings.push('no pod reports a percentage in the span; --assume PHASE judges samples from before a rollout');
  } else if (first.from - from > settings.timing.staleAfter) {
    warnings.push(`no pod reports a percentage before ${formatTime(first.from)}`);
  }
  return segments;
}

const asIf = (phase: Phase, { from, to }: BacktestInput): LiveSegment => ({
  percent: phase.exposure,
  from,
  to,
  began: 'seen',
});

/** Of whom a phase is assumed: the pods that report a percentage or what every phase requires. */
const CARRIERS = ['materializer_pct', 'materializer_success_rate', 'error_rate'] as const;

/** Each of those pods reports the phase's percentage, at the times of its own samples. */
function assuming(phase: Phase, { series }: BacktestInput): AllFetched {
  const reports = new Map<string, Series>();
  for (const key of CARRIERS) {
    const fetched = series[key];
    for (const one of 'notANumber' in fetched ? seriesIn(fetched) : []) {
      if (one.times.length <= (reports.get(one.pod)?.times.length ?? 0)) continue;
      reports.set(one.pod, { pod: one.pod, times: one.times, values: one.times.map(() => phase.exposure) });
    }
  }
  const query = `${phase.exposure} % assumed`;
  return { ...series, materializer_pct: { kind: 'series', query, series: [...reports.values()], notANumber: 0 } };
}

function given(chatP99: Seconds, at: UnixSeconds): Baseline {
  return { chatP99, measuredAt: new Date(at * 1000).toISOString(), covered: seconds(0), samples: 0 };
}

/** What a rollout that began then would have pinned; too little of it only warns. */
function measured(
  reading: (until: UnixSeconds) => AllFetched,
  now: UnixSeconds,
  settings: BacktestInput['settings'],
  warnings: string[],
): Baseline | undefined {
  const { timing } = settings;
  const series = reading(now);
  const lenient = { ...settings, timing: { ...timing, baselineLeast: seconds(0) } };
  const problems: string[] = [];
  const baseline = measureBaseline({ now, settings: lenient, series }, problems);
  warnings.push(...problems.map((problem) => `${problem}; give one with --baseline SECONDS`));
  if (baseline !== undefined && baseline.covered < timing.baselineLeast) {
    const [has, least] = [baseline.covered, timing.baselineLeast].map(formatDuration);
    warnings.push(
      `the baseline of chat p99 has only ${has} of samples; a rollout would not begin with less than ${least}`,
    );
  }
  return baseline;
}

function warningsOf({ percent, from, began }: LiveSegment, phase: Phase): string[] {
  const found: string[] = [];
  if (began === 'earlier') {
    found.push(
      `${percent} % may be live since before ${formatTime(from)}: its clock begins there here, and a measured baseline is none of before the rollout`,
    );
  }
  if (phaseServing(percent) === undefined) {
    found.push(`${percent} % is no phase's: watched with the limits of ${phase.name}, and no minute of it counts`);
  }
  return found;
}

/** The gate's own judgement at a moment, from what a reading then would have found. */
function judgeOf({
  segment,
  phase,
  baseline,
  reading,
  settings,
}: {
  readonly segment: LiveSegment;
  readonly phase: Phase;
  readonly baseline: Baseline | undefined;
  readonly reading: (until: UnixSeconds) => AllFetched;
  readonly settings: BacktestInput['settings'];
}): (at: UnixSeconds) => Decision {
  // An override is of the present.
  const { override: _, ...plain } = settings;
  return (now) => {
    const series = reading(now);
    return decide({
      phase,
      now,
      activatedAt: segment.from,
      settings: plain,
      series,
      baseline,
      pods: podsOf(series, settings.deployment),
      livePercent: segment.percent,
      // What the ledger permitted then is not in the samples.
      permittedPercent: undefined,
    });
  };
}

/** The pods of Denis that samples tell of: workers measure hard checks too, and report no percentage. */
function podsOf({ uptime }: AllFetched, deployment: string): string[] {
  if (uptime.kind !== 'series') return [];
  const own = new RegExp(`^${deployment}-[a-z0-9]+-[a-z0-9]{5}$`);
  return [...new Set(uptime.series.map(({ pod }) => pod).filter((pod) => own.test(pod)))];
}
