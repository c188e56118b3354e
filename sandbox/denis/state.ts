import type { Counters } from './counters';
import type { Fleet } from './fleet';
import type { Jobs } from './jobs';
import type { Queue } from './queue';
import type { ActiveScenario } from './scenario';

/** Everything that a test or a drill asks about, as JSON. Times are Unix times in ms. */
export function describeState(parts: {
  fleet: Fleet;
  queue: Queue;
  jobs: Jobs;
  counters: Counters;
  active: ActiveScenario;
  chatsPerSecond: number;
  now: () => number;
}): unknown {
  const { fleet, queue, jobs, counters, active, chatsPerSecond, now } = parts;
  return {
    now: now(),
    scenario: active.scenario,
    chatsPerSecond,
    pods: fleet.apiPods.map(({ pod, listening }) => ({
      name: pod.name,
      ip: pod.identity.ip,
      ready: pod.ready,
      listening,
      pct: pod.pct,
      enabled: pod.enabled,
      killed: pod.killedSince !== undefined,
      /** The percentage that the pod serves now. */
      live: pod.featureOn(queue.flagOn) ? pod.pct : 0,
    })),
    workers: fleet.readyWorkers.map(({ metadata }) => ({
      name: metadata.name,
      running: jobs.runningOn(metadata.name),
    })),
    jobs: { ...counters, running: jobs.runningJobs },
    queueDepth: queue.depth,
    flagOn: queue.flagOn,
    redisConnected: queue.connected,
  };
}
