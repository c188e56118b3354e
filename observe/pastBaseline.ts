import type { PhaseName } from '../phases/phase';
import type { Settings } from '../phases/settings';
import { seconds, type UnixSeconds } from '../phases/units';
import type { Baseline } from '../rollout/baseline';
import { type Reading, read, unreadable } from '../rollout/cluster';
import { measureBaseline } from '../rollout/preflight';
import { lookBackOfAll } from './metricsSource';
import { readSeries } from './readSeries';

/** Measures the baseline of a rollout once more as its start did, over the same past, as far as the source still holds it. */
export async function measurePastBaseline(
  settings: Settings,
  stack: PhaseName,
  env: NodeJS.ProcessEnv,
  startedAt: UnixSeconds,
): Promise<Reading<Baseline>> {
  const { baseline, staleAfter } = settings.timing;
  const lookBack = { ...lookBackOfAll(seconds(3 * staleAfter)), chat_latency_p99: baseline };
  const { series } = await readSeries(settings, stack, env, { now: startedAt, lookBack });
  const problems: string[] = [];
  const measured = measureBaseline({ now: startedAt, settings, series }, problems);
  return measured === undefined ? unreadable(problems[0] ?? 'chat_latency_p99 is switched off') : read(measured);
}
