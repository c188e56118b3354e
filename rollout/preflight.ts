import { canary1 } from '../phases/canary-1';
import { canary10 } from '../phases/canary-10';
import type { MetricKey } from '../phases/metrics';
import type { Settings } from '../phases/settings';
import { formatDuration, seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { type Baseline, baselineSentence } from './baseline';
import { missingSentence } from './check';
import type { Reading } from './cluster';
import { formatNumber } from './format';
import { type Measurement, measure, seriesIn } from './measurement';
import { type Fetched, firstAtOrAfter } from './series';

export interface PreflightInput {
  readonly now: UnixSeconds;
  readonly settings: Pick<Settings, 'metrics' | 'timing'>;
  readonly series: { readonly [K in MetricKey]: Fetched };
  /** HTTP status of the plan's test message. */
  readonly chat: Reading<number>;
  /** The baseline pinned by this rollout already; undefined before it. */
  readonly pinned: Baseline | undefined;
}

export interface Preflight {
  /** What forbids the start; empty when all is well. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly baseline: Baseline | undefined;
}

const UNIT_HINT = 'if the service writes percent, set unit: percent for this metric';

/** Before canary-1: chat answers, workers are seen, the global metrics are sane, the baseline is measured. Source: the plan, "Moves". */
export function preflightOf(input: PreflightInput): Preflight {
  const problems: string[] = [];
  const warnings: string[] = [];
  if (input.chat.kind === 'unreadable') problems.push(`/chat does not answer (${input.chat.reason})`);
  else if (input.chat.value !== 200) problems.push(`/chat answers ${input.chat.value}, not 200, to the test message`);

  const error = recently(input, 'error_rate');
  const most = canary1.rules.find((rule) => rule.id === 'error-above')!.limit;
  if (error !== undefined && error.kind !== 'value') problems.push(missingSentence('error rate', error));
  else if (error !== undefined && error.value > most) {
    problems.push(
      `error rate is ${formatNumber('ratio', error.value, most)}, above ${formatNumber('ratio', most)} before anything began; ${UNIT_HINT}`,
    );
  }
  const seen = recently(input, 'worker_seen');
  const oldest = canary10.checks.find(({ id }) => id === 'worker-seen')!.limit;
  if (seen !== undefined && seen.kind !== 'value') problems.push(missingSentence('worker seen', seen));
  else if (seen !== undefined && oldest.kind === 'absolute' && seen.value >= oldest.value) {
    problems.push(
      `the workers were last seen ${formatNumber('age', seen.value)} ago, ${formatNumber('age', oldest.value)} is the most`,
    );
  }
  const percentage = recently(input, 'materializer_pct');
  if (percentage !== undefined && percentage.kind !== 'value')
    problems.push(missingSentence('reported percentage', percentage));

  const baseline = input.pinned ?? measureBaseline(input, problems);
  if (baseline?.set !== undefined) warnings.push(baselineSentence(baseline));
  else if (baseline !== undefined && baseline.covered < input.settings.timing.baseline * 0.97) {
    warnings.push(
      `the baseline covers ${formatDuration(baseline.covered)} of ${formatDuration(input.settings.timing.baseline)}`,
    );
  }
  return { problems, warnings, baseline };
}

/** A metric over the last five minutes (scaled like staleness), or undefined where it is switched off. */
function recently({ now, settings, series }: PreflightInput, key: MetricKey): Measurement | undefined {
  const fetched = series[key];
  if (fetched.kind === 'off') return undefined;
  const { definition } = settings.metrics[key];
  const period = { from: unixSeconds(now - 2.5 * settings.timing.staleAfter), to: now };
  return measure(fetched, period, { definition, timing: settings.timing, now });
}

/** 95th percentile of chat p99 over the 24 h before; what is missing is added to `problems`. */
export function measureBaseline(
  { now, settings, series }: Pick<PreflightInput, 'now' | 'settings' | 'series'>,
  problems: string[],
): Baseline | undefined {
  const { timing, metrics } = settings;
  const fetched = series.chat_latency_p99;
  if (fetched.kind === 'off') return undefined;
  const period = { from: unixSeconds(now - timing.baseline), to: now };
  const measured = measure(fetched, period, { definition: metrics.chat_latency_p99.definition, timing, now });
  if (measured.kind !== 'value') {
    problems.push(missingSentence('baseline of chat p99', measured));
    return undefined;
  }
  const found = fetched.kind === 'unreachable' || fetched.kind === 'ambiguous' ? [] : seriesIn(fetched);
  const first = Math.min(now, ...found.map(({ times }) => times[firstAtOrAfter(times, period.from)] ?? now));
  const covered = seconds(Math.min(now - first, measured.samples * timing.scrapeInterval * 2));
  if (covered < timing.baselineLeast) {
    problems.push(
      `the baseline of chat p99 has only ${formatDuration(covered)} of samples, ${formatDuration(timing.baselineLeast)} are the least`,
    );
    return undefined;
  }
  if (measured.value <= 0) {
    problems.push('the baseline of chat p99 is 0, so that nothing can be compared with it');
    return undefined;
  }
  return {
    chatP99: measured.value,
    measuredAt: new Date(now * 1000).toISOString(),
    covered,
    samples: measured.samples,
  };
}
