import type { UnixSeconds } from '../phases/units';

/** One test message to `/chat`, as the watcher sent it. */
export interface Probe {
  /** When it was sent. */
  readonly at: UnixSeconds;
  /**
   * `good` is a 200, `refused` a 4xx, which only warns. `down` is no answer or a 5xx while the cluster or Prometheus answers; a
   * probe that fails while both are silent is not kept: the watcher is blind then, not Denis down.
   */
  readonly result: 'good' | 'refused' | 'down';
  readonly why?: string;
}

/** A container of a worker pod that was terminated as OOMKilled. */
export interface OomKill {
  readonly pod: string;
  readonly container: string;
  readonly at: UnixSeconds;
}

/** What the watcher sees by itself, beside the samples; newest last. */
export interface Witness {
  readonly probes: readonly Probe[];
  /** Each kill once. */
  readonly ooms: readonly OomKill[];
}

export const NOTHING_SEEN: Witness = { probes: [], ooms: [] };

/** More than any rule looks back to. */
const PROBES_KEPT = 10;
const OOMS_KEPT = 20;

/** What was seen and what is new, as far as it is kept; whatever comes twice is kept once. */
export function witnessed(before: Witness, news: Partial<Witness>): Witness {
  const probes = merged(before.probes, news.probes, ({ at }) => String(at));
  const ooms = merged(before.ooms, news.ooms, ({ pod, container, at }) => `${pod}/${container}/${at}`);
  return { probes: probes.slice(-PROBES_KEPT), ooms: ooms.slice(-OOMS_KEPT) };
}

function merged<T extends { readonly at: UnixSeconds }>(
  before: readonly T[],
  news: readonly T[] = [],
  identity: (one: T) => string,
): T[] {
  const each = new Map([...before, ...news].map((one) => [identity(one), one]));
  return [...each.values()].sort((a, b) => a.at - b.at);
}
