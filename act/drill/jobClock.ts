import { readPods } from '../../observe/cluster';
import type { Kubectl } from '../../observe/kubectl';
import type { PodAccess } from '../../observe/podAccess';
import { readSandboxJobs } from '../../observe/sandboxJobs';
import type { ClusterSettings, Settings } from '../../phases/settings';
import { reasonOf } from '../../phases/userError';
import type { PodState } from '../../rollout/cluster';
import { jobsCounted, lastJobAt } from '../../rollout/jobCounts';
import { jobSeries, lookoutOn } from '../killSwitch/lookout';
import { pause } from '../killSwitch/pause';

/** Looks at jobs all the time, and knows when the last one was. Times are those of the caller's clock, ms. */
export interface JobClock {
  /** Jobs since it was started, of all pods. */
  count(): number;
  /** Undefined while there was none. */
  lastAt(): number | undefined;
  /** Why neither is certain just now. */
  unread(): string | undefined;
  stop(): void;
}

export interface JobSource {
  readonly kubectl: Kubectl;
  readonly cluster: ClusterSettings;
  readonly access: PodAccess;
  readonly settings: Settings;
  /** Unix time, ms. */
  readonly clock: () => number;
}

/** A kill is timed to a twentieth of a second. */
const LOOK_MS = 50;
/** Pods come while an environment is turned off, without the feature; those that go are looked at from the start. */
const LIST_MS = 3_000;
const STATE_MS = 100;

/** New jobs, by the counters of all pods; those that are about to end count on until they are gone. */
export function newJobs({ kubectl, cluster, access, settings, clock }: JobSource): JobClock {
  const stop = new AbortController();
  const lookout = lookoutOn(access, cluster.namespace, jobSeries(settings.metrics), clock, LOOK_MS);
  let ready: readonly PodState[] = [];
  let unlisted: string | undefined = 'the pods were not listed yet';
  /** Pods of the first list had counted before anybody looked; what a later one counted is all new. */
  let first: ReadonlySet<string> | undefined;
  const list = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const pods = await readPods(kubectl, cluster);
        if (stop.signal.aborted) return;
        first ??= new Set(pods.map(({ name }) => name));
        ready = pods.filter((pod) => pod.ready);
        lookout.watch(pods.filter(({ ip }) => ip !== undefined));
        unlisted = undefined;
      } catch (thrown) {
        unlisted = reasonOf(thrown);
      }
      await pause(LIST_MS, stop.signal);
    }
  };
  void list();
  const counted = () =>
    lookout.everSeen().map(({ pod, counts }) => ({ counts, fromZero: first !== undefined && !first.has(pod) }));
  return {
    count: () => jobsCounted(counted()),
    lastAt: () => lastJobAt(counted()),
    unread: () => {
      if (unlisted !== undefined) return unlisted;
      const blind = lookout
        .seen()
        .find(({ pod, unread }) => unread !== undefined && ready.some((one) => one.name === pod));
      return blind && `the new jobs of pod ${blind.pod} cannot be counted (${blind.unread})`;
    },
    stop: () => {
      stop.abort();
      lookout.stop();
    },
  };
}

/** Jobs that a worker began: only the sandbox counts them. */
export function begunJobs({ settings }: Pick<JobSource, 'settings'>): JobClock {
  const stop = new AbortController();
  let first: number | undefined;
  let count = 0;
  let last: number | undefined;
  let why: string | undefined = 'the jobs were not counted yet';
  const look = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const { begun, lastBegunAt } = await readSandboxJobs(settings.chat);
        first ??= begun;
        count = begun - first;
        last = lastBegunAt;
        why = undefined;
      } catch (thrown) {
        why = reasonOf(thrown);
      }
      await pause(STATE_MS, stop.signal);
    }
  };
  void look();
  return { count: () => count, lastAt: () => last, unread: () => why, stop: () => stop.abort() };
}
