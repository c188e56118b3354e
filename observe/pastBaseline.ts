import { METRIC_KEYS, type MetricKey } from '../phases/metrics';
import type { PhaseName } from '../phases/phase';
import type { Settings } from '../phases/settings';
import type { Seconds, UnixSeconds } from '../phases/units';
import type { Baseline } from '../rollout/baseline';
import { type Reading, read, unreadable } from '../rollout/cluster';
import { measureBaseline } from '../rollout/preflight';
import { readSeries } from './readSeries';

/** Measures the baseline of a rollout once more as its start did, over the same past, as far as the source still holds it. */
export async function measurePastBaseline(
  settings: Settings,
  stack: PhaseName,
  env: NodeJS.ProcessEnv,
  startedAt: UnixSeconds,
): Promise<Reading<Baseline>> {
  const { baseline } = settings.timing;
  const lookBack = Object.fromEntries(METRIC_KEYS.map((key) => [key, baseline])) as Record<MetricKey, Seconds>;
  const { series } = await readSeries(settings, stack, env, { now: startedAt, lookBack });
  const problems: string[] = [];
  const measured = measureBaseline({ now: startedAt, settings, series }, problems);
  return measured === undefined ? unreadable(problems[0] ?? 'chat_latency_p99 is switched off') : read(measured);
}
