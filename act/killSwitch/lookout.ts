import type { ExposedSample } from '../../observe/exposition';
import { scrapePod } from '../../observe/metricsEndpoint';
import type { PodAccess, PodAddress } from '../../observe/podAccess';
import { parseSelector, type Selector } from '../../observe/selector';
import type { MetricSource } from '../../phases/metricSettings';
import { METRICS } from '../../phases/metrics';
import { type Standstill, withCount } from '../../rollout/killConfirm';
import { pause } from './pause';

/** Time between two looks at one pod, and the longest that one may take; ms. */
const EVERY_MS = 250;
const TIMEOUT_MS = 1_500;

/** The two series that a kill looks at. */
export interface JobSeries {
  readonly newJobs: Selector;
  readonly queueDepth: Selector;
}

/** What was seen of one pod since the lookout knows it. */
export interface PodSeen {
  readonly pod: string;
  readonly counts: readonly Standstill[];
  /** Jobs that wait, as it said last; undefined while it did not say. */
  readonly queueDepth: number | undefined;
  /** Why its metrics could not be read just now. */
  readonly unread: string | undefined;
}

/** Looks at the job counter of every pod, several times a second, from the order on. */
export interface Lookout {
  /** The pods that count from now on; what was seen of others is kept, but they are not looked at any more. */
  watch(pods: readonly PodAddress[]): void;
  /** Of the pods that count, or of these. */
  seen(): readonly PodSeen[];
  /** Of all pods that ever counted. */
  everSeen(): readonly PodSeen[];
  stop(): void;
}

interface Watched {
  readonly stop: AbortController;
  seen: PodSeen;
}

/**
 * @param elapsed ms since the order
 * @param everyMs time between two looks at one pod
 */
export function lookoutOn(
  access: PodAccess,
  namespace: string,
  series: JobSeries,
  elapsed: () => number,
  everyMs = EVERY_MS,
): Lookout {
  const watched = new Map<string, Watched>();
  let counting: readonly string[] = [];

  const look = async (pod: PodAddress, entry: Watched): Promise<void> => {
    const { signal } = entry.stop;
    const once = async (origin: string): Promise<void> => {
      const options = { access: ((_, use) => use(origin)) as PodAccess, namespace, timeoutMs: TIMEOUT_MS, signal };
      // When it was asked: the count that it answers is of that moment or later.
      const atMs = elapsed();
      const reading = await scrapePod(pod, options);
      if (signal.aborted) return;
      entry.seen = seenAfter(entry.seen, reading, series, atMs);
    };
    while (!signal.aborted) {
      // One access for as long as it lasts: a port-forward is not to be opened for each look.
      await access(pod, async (origin) => {
        while (!signal.aborted) {
          await once(origin);
          await pause(everyMs, signal);
        }
      }).catch((thrown: unknown) => {
        entry.seen = { ...entry.seen, unread: thrown instanceof Error ? thrown.message : String(thrown) };
      });
      await pause(everyMs, signal);
    }
  };

  return {
    watch: (pods) => {
      counting = pods.map(({ name }) => name);
      for (const [name, { stop }] of watched) if (!counting.includes(name)) stop.abort();
      for (const pod of pods) {
        if (watched.get(pod.name)?.stop.signal.aborted === false) continue;
        const before = watched.get(pod.name)?.seen ?? { pod: pod.name, counts: [], queueDepth: undefined };
        const entry = { stop: new AbortController(), seen: { ...before, unread: 'not read yet' } };
        watched.set(pod.name, entry);
        void look(pod, entry);
      }
    },
    seen: () => counting.flatMap((name) => watched.get(name)?.seen ?? []),
    everSeen: () => [...watched.values()].map(({ seen }) => seen),
    stop: () => {
      for (const { stop } of watched.values()) stop.abort();
    },
  };
}

type Reading = Awaited<ReturnType<typeof scrapePod>>;

function seenAfter(before: PodSeen, reading: Reading, series: JobSeries, atMs: number): PodSeen {
  if (reading.kind === 'unreadable') return { ...before, unread: reading.reason };
  const jobs = sumOf(reading.value, series.newJobs);
  const queueDepth = sumOf(reading.value, series.queueDepth);
  if (jobs === undefined) return { ...before, queueDepth, unread: `its metrics have no ${series.newJobs.name}` };
  return { ...before, counts: withCount(before.counts, jobs, atMs), queueDepth, unread: undefined };
}

/**
 * The sum of what a selector finds at one pod. Matchers may be of labels that only the scrape of a Prometheus adds: where none
 * fits, all series of the name count.
 */
function sumOf(samples: readonly ExposedSample[], { name, selects }: Selector): number | undefined {
  const named = samples.filter((sample) => sample.name === name && Number.isFinite(sample.value));
  const selected = named.filter(({ labels }) => selects(labels));
  const counted = selected.length > 0 ? selected : named;
  return counted.length === 0 ? undefined : counted.reduce((sum, { value }) => sum + value, 0);
}

/** @param metrics of the settings, where they can be read; an expression of PromQL cannot be asked of a pod */
export function jobSeries(metrics?: Readonly<Record<'materializer_new' | 'queue_depth', MetricSource>>): JobSeries {
  const selector = (key: 'materializer_new' | 'queue_depth'): Selector => {
    const { series, matchers = '' } = METRICS[key];
    const source = metrics?.[key];
    const standard = parseSelector(`${series}{${matchers}}`);
    if (source === undefined || source.expression) return standard;
    try {
      return parseSelector(source.query);
    } catch {
      return standard;
    }
  };
  return { newJobs: selector('materializer_new'), queueDepth: selector('queue_depth') };
}
