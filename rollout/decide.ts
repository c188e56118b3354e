import type { Phase } from '../phases/phase';
import type { Settings } from '../phases/settings';
import { formatDuration, percentAsRatio, type UnixSeconds, unixSeconds } from '../phases/units';
import { type Baseline, type CheckResult, checkOff, judgeCheck, missingSentence } from './check';
import { formatNumber, formatTime } from './format';
import { type Measurement, type Missing, measure, ofComponent } from './measurement';
import type { Fetched, Series } from './series';
import { type MinuteEvidence, recentSliceOf, type Window, type WindowInput, windowOf } from './window';

/** From mild to severe; the most severe of what is known decides. */
export const SEVERITY = ['COMPLETE', 'PROMOTE', 'MONITOR', 'HOLD', 'ROLLBACK', 'EMERGENCY'] as const;
export type Verdict = (typeof SEVERITY)[number];

/** One reason for one verdict. */
export interface Finding {
  readonly verdict: Verdict;
  /** Stable name of the rule that speaks. */
  readonly rule: string;
  readonly sentence: string;
  /** For a HOLD: when it can next change, where that is known. */
  readonly changesAt?: UnixSeconds;
}

export interface Decision extends Finding {
  readonly phase: Phase['name'];
  readonly window: Window;
  /** Finished or queued jobs in the window; undefined when it cannot be known. */
  readonly jobs: number | undefined;
  readonly checks: readonly CheckResult[];
  /** Every finding, most severe first; the first one decided. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** What {@link decide} judges: samples of the live phase and what is known beside them. No I/O, no clock. */
export interface DecideInput {
  readonly phase: Phase;
  readonly now: UnixSeconds;
  readonly activatedAt: UnixSeconds;
  readonly settings: Pick<Settings, 'metrics' | 'timing' | 'timezone' | 'matrixSuccess' | 'minimumJobs'>;
  readonly series: { readonly [K in keyof Settings['metrics']]: Fetched };
  readonly baseline: Baseline | undefined;
  /** Names of the present pods of Denis; absent: every pod that is measured counts as one. */
  readonly pods?: readonly string[];
  readonly livePercent: number;
  /** Undefined without a ledger: that refuses moves up, and takes nothing back. */
  readonly permittedPercent: number | undefined;
}

const ERROR_COLUMN = percentAsRatio(5);

/** The plan's decision on the live phase. Source: the plan, "Decision", lines 1–5. */
export function decide(input: DecideInput): Decision {
  const windowInput: WindowInput = { ...input, timing: input.settings.timing, timezone: input.settings.timezone };
  const window = windowOf(windowInput, minuteEvidence(input));
  const checks = input.phase.checks.map((spec) => {
    const source = input.settings.metrics[spec.metric];
    const fetched = input.series[spec.metric];
    if (fetched.kind === 'off') return checkOff(spec, fetched.reason);
    const over = (period: Parameters<typeof measure>[1]): Measurement =>
      measure(fetched, period, {
        definition: source.definition,
        ...(spec.component === undefined ? {} : { component: spec.component }),
        timing: input.settings.timing,
        now: input.now,
      });
    // Availability is a share of all the time that passed, also of minutes that do not count otherwise.
    const whole = source.definition.statistic === 'availability' || source.definition.statistic === 'last';
    return judgeCheck({
      spec,
      window: over(whole ? { from: window.from, to: window.to } : window),
      recent: spec.recentSlice ? over(recentSliceOf(windowInput)) : undefined,
      baseline: input.baseline,
    });
  });
  const jobs = jobsIn(input, window);
  const findings = [...exposureFindings(input), ...judge(input, window, checks, jobs)].sort(
    (a, b) => SEVERITY.indexOf(b.verdict) - SEVERITY.indexOf(a.verdict),
  );
  const decisive = findings[0]!;
  return {
    ...decisive,
    phase: input.phase.name,
    window,
    jobs: jobs.kind === 'value' ? jobs.value : undefined,
    checks,
    findings,
    warnings: warningsOf(checks.filter((check) => !onlyEarly(check, window))),
  };
}

/** Whether nothing is known of a check only because its window has just begun: the window itself says so. */
function onlyEarly({ failedIn, window: over, recent }: CheckResult, window: Window): boolean {
  if (window.complete || failedIn !== undefined || over === undefined || !isEarly(over)) return false;
  return recent === undefined || recent.kind === 'value' || isEarly(recent);
}

const isEarly = (measurement: Measurement): boolean => measurement.kind === 'noData' && measurement.notYet === true;

/** What only warns; checks that a silent source leaves unknown are said together. */
function warningsOf(checks: readonly CheckResult[]): string[] {
  const warning = checks.filter(({ status }) => status === 'warn');
  const silent = warning.filter(({ window }) => window?.kind === 'unreachable');
  const others = warning.filter((check) => !silent.includes(check)).map(({ sentence }) => sentence);
  const [first] = silent;
  if (first?.window?.kind !== 'unreachable') return others;
  return [...others, missingSentence(silent.map(({ spec }) => spec.title).join(', '), first.window)];
}

/** What every minute of the window needs: the percentage each pod reports, and a valid sample of each hard check. */
function minuteEvidence({ phase, series, settings, pods }: DecideInput): MinuteEvidence {
  const seriesOf = (fetched: Fetched): readonly Series[] => (fetched.kind === 'series' ? fetched.series : []);
  return {
    percentage: seriesOf(series.materializer_pct),
    ...(pods === undefined ? {} : { pods }),
    hard: phase.checks
      .filter(({ kind, metric }) => kind === 'hard' && series[metric].kind !== 'off')
      .map((spec) => ({
        title: spec.title,
        series: ofComponent(seriesOf(series[spec.metric]), spec.component),
        valid: settings.metrics[spec.metric].definition.valid,
      })),
  };
}

function jobsIn(input: DecideInput, window: Window): Measurement {
  const fetched = input.series.materializer_new;
  if (fetched.kind === 'off') return { kind: 'noData', query: '', detail: fetched.reason };
  const { definition } = input.settings.metrics.materializer_new;
  return measure(fetched, window, { definition, timing: input.settings.timing, now: input.now });
}

/** What the pods report just now. */
function reportedPercentage({ series, settings, now }: DecideInput): Measurement {
  const fetched = series.materializer_pct;
  if (fetched.kind === 'off') return { kind: 'noData', query: '', detail: fetched.reason };
  const { timing, metrics } = settings;
  const period = { from: unixSeconds(now - timing.staleAfter), to: now };
  return measure(fetched, period, { definition: metrics.materializer_pct.definition, timing, now });
}

/** A percentage that no permitted `up` reached is taken back at once. */
function exposureFindings({ livePercent, permittedPercent }: DecideInput): Finding[] {
  if (permittedPercent === undefined || livePercent <= permittedPercent) return [];
  return [
    {
      verdict: 'ROLLBACK',
      rule: 'permitted-exposure',
      sentence: `${livePercent} % is live, but only ${permittedPercent} % was ever permitted`,
    },
  ];
}

function judge(input: DecideInput, window: Window, checks: readonly CheckResult[], jobs: Measurement): Finding[] {
  const missing = missingFindings(input, window, checks, jobs);
  const unfinished = input.series.materializer_pct.kind === 'series' ? windowFindings(input, window, jobs) : [];
  const fewJobs = unfinished.some(({ rule }) => rule === 'jobs');
  const atEnd = window.complete ? checkFindings(input, checks, fewJobs) : [];
  return [...missing, ...unfinished, ...atEnd, goodFinding(input, window)];
}

/** Line 2: what is missing holds. A source that does not answer is said once, with all that it leaves unknown. */
function missingFindings(
  input: DecideInput,
  window: Window,
  checks: readonly CheckResult[],
  jobs: Measurement,
): Finding[] {
  const missing: { readonly id: string; readonly title: string; readonly why: Missing }[] = [];
  const found: Finding[] = [];
  for (const check of checks) {
    const { spec, status, recent, sentence } = check;
    if (status !== 'unknown' || onlyEarly(check, window)) continue;
    const why = [check.window, recent].find((one): one is Missing => one !== undefined && one.kind !== 'value');
    if (why === undefined) found.push({ verdict: 'HOLD', rule: `missing:${spec.id}`, sentence });
    else missing.push({ id: spec.id, title: spec.title, why });
  }
  if (jobs.kind !== 'value' && (window.complete || !isEarly(jobs)))
    missing.push({ id: 'jobs', title: 'jobs in the window', why: jobs });
  const percentage = reportedPercentage(input);
  if (percentage.kind !== 'value') missing.push({ id: 'exposure', title: 'reported percentage', why: percentage });
  const silent = missing.filter(({ why }) => why.kind === 'unreachable');
  const [first] = silent;
  if (first !== undefined) {
    const titles = silent.map(({ title }) => title).join(', ');
    const rule = silent.length === 1 ? `missing:${first.id}` : 'missing:source';
    found.push({ verdict: 'HOLD', rule, sentence: missingSentence(titles, first.why) });
  }
  for (const { id, title, why } of missing) {
    if (why.kind !== 'unreachable')
      found.push({ verdict: 'HOLD', rule: `missing:${id}`, sentence: missingSentence(title, why) });
  }
  return found;
}

/** Line 3: the window, and enough jobs in it. */
function windowFindings(input: DecideInput, window: Window, jobs: Measurement): Finding[] {
  const found: Finding[] = [];
  const { minimumJobs } = input.settings;
  if (!window.complete) {
    const ends = window.completeAt === undefined ? '' : `, complete ${formatTime(window.completeAt)} at the earliest`;
    const why = window.uncounted.length === 0 ? '' : ` (not counted: ${window.uncounted.join('; ')})`;
    found.push({
      verdict: input.phase.name === 'canary-100' ? 'MONITOR' : 'HOLD',
      rule: 'window',
      sentence: `window ${formatDuration(window.counted)} of ${formatDuration(window.needed)}${ends}${why}`,
      ...(window.completeAt === undefined ? {} : { changesAt: window.completeAt }),
    });
  }
  if (jobs.kind === 'value' && jobs.value < minimumJobs) {
    found.push({
      verdict: 'HOLD',
      rule: 'jobs',
      sentence: `not enough jobs in the window: ${formatNumber('jobs', jobs.value, minimumJobs)} of ${minimumJobs}`,
    });
  }
  return found;
}

/** Line 4: checks and matrix at the end of the window. A ROLLBACK reads window values alone; the recent slice only holds. */
function checkFindings(input: DecideInput, checks: readonly CheckResult[], fewJobs: boolean): Finding[] {
  const { phase } = input;
  const found: Finding[] = [];
  const softFails = checks.some(({ spec, failedIn }) => spec.kind === 'soft' && failedIn === 'window');
  for (const check of checks) {
    if (check.status !== 'fail') continue;
    const success = check.spec.id === 'success-rate';
    if (success && fewJobs) continue;
    const rollsBack =
      check.spec.failingMeans === 'ROLLBACK' ||
      (success && (phase.name === 'canary-1' || (phase.name === 'canary-10' && softFails)));
    found.push({
      verdict: rollsBack && check.failedIn === 'window' ? 'ROLLBACK' : 'HOLD',
      rule: `check:${check.spec.id}`,
      sentence: check.sentence,
    });
  }
  return fewJobs ? found : [...found, ...matrixFindings(input, checks)];
}

/** The cell of the plan's matrix, by window values; the milder cells are the good finding. */
function matrixFindings({ phase, settings }: DecideInput, checks: readonly CheckResult[]): Finding[] {
  const found: Finding[] = [];
  const windowValue = (id: string): number | undefined => {
    const check = checks.find(({ spec }) => spec.id === id);
    return check?.window?.kind === 'value' ? check.window.value : undefined;
  };
  const success = windowValue('success-rate');
  const line = percentAsRatio(settings.matrixSuccess);
  if (success !== undefined && success <= line) {
    found.push({
      verdict: phase.matrix.successNotAbove,
      rule: 'matrix:success',
      sentence: `success rate is ${formatNumber('ratio', success, line)}, the matrix needs more than ${settings.matrixSuccess} %`,
    });
  }
  const error = windowValue('error-rate');
  if (error !== undefined && error > ERROR_COLUMN) {
    found.push({
      verdict: phase.matrix.errorAboveFivePercent,
      rule: 'matrix:error',
      sentence: `error rate is ${formatNumber('ratio', error, ERROR_COLUMN)}, more than ${formatNumber('ratio', ERROR_COLUMN)}`,
    });
  }
  return found;
}

/** Line 5: nothing speaks against it. */
function goodFinding({ phase }: DecideInput, window: Window): Finding {
  const length = formatDuration(window.needed);
  return phase.name === 'canary-100'
    ? { verdict: 'COMPLETE', rule: 'complete', sentence: `every hard check held for ${length} at 100 %` }
    : { verdict: 'PROMOTE', rule: 'promote', sentence: `every hard check held for ${length}` };
}
