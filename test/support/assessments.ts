import { phaseNamed } from '../../phases/ladder';
import type { MetricKey } from '../../phases/metrics';
import { PHASE_NAMES, type PhaseName } from '../../phases/phase';
import type { Settings } from '../../phases/settings';
import { unixSeconds } from '../../phases/units';
import type { Assessment } from '../../rollout/assessment';
import { type ClusterState, type DenisState, type Reading, read } from '../../rollout/cluster';
import type { WatcherLease } from '../../rollout/heartbeat';
import { type Ledger, writeLedger } from '../../rollout/ledger';
import { targetOf } from '../../rollout/move';
import type { Fetched } from '../../rollout/series';
import { type WatcherStatus, writeStatus } from '../../rollout/watcherStatus';
import { clusterState, denisState, switchesOn } from './clusterState';
import { BASELINE, healthy, NOON, type Readings } from './healthyPhase';
import { found, sampled } from './series';
import { validSettings } from './validSettings';

/** What is other than well. */
export interface Given {
  readonly live?: number;
  readonly denis?: DenisState | undefined;
  readonly ledger?: Partial<Ledger> | string | undefined;
  readonly settings?: Reading<Settings>;
  /** Settings in place of single defaults, as a file holds them. */
  readonly raw?: Readonly<Record<string, unknown>>;
  readonly activatedAt?: number;
  readonly series?: { readonly [K in MetricKey]: Fetched } | undefined;
  readonly readings?: Readings;
  readonly at?: number;
  readonly cluster?: Partial<ClusterState>;
  readonly chat?: Reading<number>;
  readonly clocks?: ReadonlyMap<string, number>;
}

/** Renewed at the last tick. */
export const watcherLease = (now: number, status?: WatcherStatus): Reading<WatcherLease> =>
  read({
    heartbeat: { holder: 'watcher-1', renewedAt: unixSeconds(now - 4) },
    status: status === undefined ? undefined : writeStatus(status),
  });

const stored = (text: string) => ({ text, resourceVersion: '42' });
const phaseAt = (live: number): PhaseName =>
  PHASE_NAMES.find((name) => phaseNamed(name)?.exposure === live) ?? 'canary-50';

/** Everything is well and the live phase is done, unless said otherwise. */
export function assessment(stack: PhaseName, given: Given = {}): Assessment {
  const live = given.live ?? 1;
  const now = unixSeconds(given.at ?? NOON);
  const input = healthy(live === 0 ? 'canary-1' : phaseAt(live), {
    now,
    ...(given.raw === undefined ? {} : { settings: given.raw }),
    ...(given.activatedAt === undefined ? {} : { activatedAt: given.activatedAt }),
    ...(given.readings === undefined ? {} : { readings: given.readings }),
  });
  const denis =
    'denis' in given
      ? given.denis
      : denisState(live, { newestReplicaSet: { uid: 'rs-new', createdAt: unixSeconds(input.activatedAt) } });
  const ledger =
    given.ledger === undefined && 'ledger' in given
      ? undefined
      : typeof given.ledger === 'string'
        ? given.ledger
        : writeLedger({
            version: 1,
            permitted: live,
            ...(live > 0 ? { baseline: BASELINE } : {}),
            drill: { at: new Date((now - 86_400) * 1000).toISOString(), by: 'ana' },
            ...given.ledger,
          });
  const chatOfADay = found(sampled('denis-a', { from: now - 86_400, to: now, every: 15 }, 0.4));
  const series =
    'series' in given ? given.series : live === 0 ? { ...input.series, chat_latency_p99: chatOfADay } : input.series;
  return {
    at: now,
    target: targetOf(phaseNamed(stack)!, true),
    settings: given.settings ?? read(validSettings(given.raw)),
    cluster: clusterState(denis, {
      ledger: ledger === undefined ? undefined : stored(ledger),
      watcher: watcherLease(now),
      ...given.cluster,
    }),
    switches: switchesOn(denis),
    clocks: given.clocks ?? new Map([['the API server', 0.2]]),
    ...(series === undefined ? {} : { series }),
    ...(live === 0 ? { chat: given.chat ?? read(200) } : {}),
  };
}
