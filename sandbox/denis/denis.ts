import type { AddressInfo } from 'node:net';
import type { ApiPod } from './apiPod';
import { Chats } from './chats';
import type { Config } from './config';
import { newCounters } from './counters';
import { Fleet } from './fleet';
import { Flood } from './flood';
import { createFront } from './front';
import { HttpError, listen } from './http';
import { Jobs } from './jobs';
import { KubeApi } from './kubeApi';
import { type Log, reasonOf } from './logFile';
import type { GaugeFacts } from './metrics';
import { PodApi } from './podApi';
import { PodServer } from './podServer';
import { watchPods, watchToken } from './podWatch';
import { Queue } from './queue';
import { jitter } from './random';
import {
  type ActiveScenario,
  dropsPerMinute,
  type Effects,
  effectsOf,
  floodDepth,
  HEALTHY,
  type ScenarioRequest,
} from './scenario';
import { describeState } from './state';
import { TraceDrops } from './traceDrops';
import { killForMemory } from './workerOom';

const TICK_MS = 25;
/** How old the flag may be: as long as Denis caches it. */
const FLAG_MS = 1_000;
/** The queue is looked at this often even when nothing was pushed. */
const SLOW_MS = 250;

export interface RunningDenis {
  frontPort: number;
  /** Resolves when every pod that was Ready in the first list answers. */
  ready: Promise<void>;
  stop(): void;
}

/** Composes the service: what the watches say becomes pods, and timers move chats and jobs. */
export async function startDenis(config: Config, certificateAuthority: string, log: Log): Promise<RunningDenis> {
  const now = Date.now;
  const kube = new KubeApi({ server: config.apiServer, token: config.token, certificateAuthority });
  let active: ActiveScenario = { scenario: HEALTHY, since: now() };
  let { chatsPerSecond } = config;
  let token: string | undefined;

  const effects = (pod: string): Effects => effectsOf(active, pod);
  const counters = newCounters();
  const queue = new Queue(config.redis, log);
  const fleet: Fleet = new Fleet((pod) => new PodServer(pod, api, log), log);
  const parts = { fleet, queue, counters, effects, now };
  const chats = new Chats(parts, config.seed);
  const jobs = new Jobs(parts, config.seed + 1);
  const flood = new Flood(fleet, queue);
  const drops = new TraceDrops();
  const gaugeFacts = (pod: ApiPod): GaugeFacts => {
    const nowMs = now();
    return {
      effects: effects(pod.name),
      nowMs,
      pct: pod.pct,
      queueDepth: queue.depth,
      workerSeen: fleet.workerSeen(nowMs),
      jitter: (name) => jitter(config.seed, `${pod.name}/${name}`, Math.floor(nowMs / 1_000)),
    };
  };
  const api = new PodApi({ chats, effects, gaugeFacts, token: () => token });

  const setScenario = async (request: ScenarioRequest): Promise<void> => {
    const { scenario } = request;
    if (scenario.name === 'worker-oom') {
      const worker = fleet.readyWorkers.find(({ metadata }) => scenario.pods?.includes(metadata.name) ?? true);
      if (worker === undefined) throw new HttpError(409, 'expected a Ready worker pod to kill, found none');
      await killForMemory(kube, config.namespace, worker, new Date(now())).catch((error: unknown) => {
        throw new HttpError(502, `the pod's status could not be written: ${reasonOf(error)}`);
      });
    }
    active = { scenario, since: now() };
    chatsPerSecond = request.chatsPerSecond ?? chatsPerSecond;
    chats.restartErrors();
    jobs.restartFailures();
    flood.set(floodDepth(active));
    log(`scenario ${JSON.stringify(scenario)}, ${chatsPerSecond} chats/s`);
  };
  const front = createFront({
    fleet,
    api,
    scenario: () => ({ ...active.scenario, since: active.since, chatsPerSecond }),
    setScenario,
    state: () => describeState({ fleet, queue, jobs, counters, active, chatsPerSecond, now }),
  });

  const tick = async (): Promise<void> => {
    jobs.finishDue();
    chats.dispatchDue(chatsPerSecond);
    await chats.push();
    if (queue.depth > 0) await jobs.take();
  };
  let lastSlow = now();
  const slowTick = async (): Promise<void> => {
    const seconds = (now() - lastSlow) / 1_000;
    lastSlow = now();
    fleet.workerSeen(lastSlow);
    const dropping = fleet.readyPods.filter(({ name }) => effects(name).traceDrops);
    drops.drop(seconds, dropsPerMinute(active), dropping);
    if (!queue.connected) return;
    await flood.hold();
    await jobs.take();
  };
  // What fails here is Redis, which reports itself; the next round tries again.
  const every = (ms: number, act: () => Promise<void>): NodeJS.Timeout =>
    setInterval(() => void act().catch(() => {}), ms);

  await listen(front, '127.0.0.1', config.frontPort);
  queue.start();
  const timers = [every(TICK_MS, tick), every(SLOW_MS, slowTick), every(FLAG_MS, () => queue.readFlag())];
  const setToken = (value: string | undefined): void => {
    token = value;
  };
  const tokenWatch = watchToken(kube, config.namespace, setToken, log);
  const podWatch = watchPods(kube, config.namespace, (pods) => fleet.reconcile(pods), log);
  void tokenWatch.run();
  // No pod answers before its token is known.
  void tokenWatch.listed.then(() => podWatch.run());

  return {
    frontPort: (front.address() as AddressInfo).port,
    ready: podWatch.listed.then(() => fleet.serving()),
    stop: () => {
      podWatch.stop();
      tokenWatch.stop();
      for (const timer of timers) clearInterval(timer);
      fleet.stop();
      front.close();
      front.closeAllConnections();
      queue.stop();
    },
  };
}
