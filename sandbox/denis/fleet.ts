import { ApiPod } from './apiPod';
import { resolveEnvironment } from './environment';
import type { Log } from './logFile';
import { API_APP, environmentVariables, isReady, isRunning, type KubePod, WORKERS_APP } from './podWatch';

/** Seconds until a heartbeat is seen: so none is later than the start of the scrape that reports it, its age below 0. */
const HEARTBEAT_DELAY = 0.5;

/** Something that runs while its pod does, such as the pod's HTTP server. */
export interface PodLife {
  /** Resolves when the pod answers on its own address. */
  started: Promise<void>;
  /** Takes no new request; those under way finish. */
  stop(): void;
}

/** The pods as they are now, made from what the watch says. */
export class Fleet {
  private readonly lives = new Map<string, { pod: ApiPod; life: PodLife; listening: boolean }>();
  private workers: KubePod[] = [];
  private turn = 0;
  private newestHeartbeat: number | undefined;

  constructor(
    private readonly startLife: (pod: ApiPod) => PodLife,
    private readonly log: Log,
  ) {}

  /** Starts what is new, stops what goes, leaves the rest alone. */
  reconcile(pods: readonly KubePod[]): void {
    const ofApp = (app: string): KubePod[] => pods.filter(({ metadata }) => metadata.labels?.['app'] === app);
    this.workers = ofApp(WORKERS_APP).filter(isReady);
    const running = new Map(
      ofApp(API_APP)
        .filter(isRunning)
        .map((pod) => [pod.metadata.uid!, pod]),
    );
    for (const [uid, { pod, life }] of this.lives) {
      if (running.has(uid)) continue;
      life.stop();
      this.lives.delete(uid);
      this.log(`${pod.name} stopped`);
    }
    for (const [uid, source] of running) {
      const known = this.lives.get(uid) ?? this.start(uid, source);
      known.pod.ready = isReady(source);
    }
  }

  private start(uid: string, source: KubePod): { pod: ApiPod } {
    const environment = resolveEnvironment(source, environmentVariables(source));
    const pod = new ApiPod({ name: source.metadata.name, uid, ip: source.status!.podIP! }, environment);
    const entry = { pod, life: this.startLife(pod), listening: false };
    this.lives.set(uid, entry);
    void entry.life.started.then(() => {
      entry.listening = true;
    });
    this.log(`${pod.name} started on ${pod.identity.ip} with ${pod.pct} %, enabled ${pod.enabled}`);
    return entry;
  }

  /** Resolves when every pod that is known now and still runs answers. */
  async serving(): Promise<void> {
    await Promise.all([...this.lives.values()].map(({ life }) => life.started));
  }

  /** The pods that run, Ready or not. */
  get apiPods(): readonly { pod: ApiPod; listening: boolean }[] {
    return [...this.lives.values()];
  }

  get readyPods(): ApiPod[] {
    return [...this.lives.values()].filter(({ pod, listening }) => pod.ready && listening).map(({ pod }) => pod);
  }

  /** The next Ready pod, round robin, as a Service spreads. */
  nextReady(): ApiPod | undefined {
    const ready = this.readyPods;
    this.turn += 1;
    return ready[this.turn % ready.length];
  }

  /** A running pod by name, else undefined. */
  find(name: string): ApiPod | undefined {
    for (const { pod } of this.lives.values()) if (pod.name === name) return pod;
    return undefined;
  }

  get readyWorkers(): readonly KubePod[] {
    return this.workers;
  }

  /** Unix seconds of the newest heartbeat of a worker: half a second ago while one is Ready, undefined before the first. */
  workerSeen(nowMs: number): number | undefined {
    if (this.workers.length > 0) this.newestHeartbeat = nowMs / 1_000 - HEARTBEAT_DELAY;
    return this.newestHeartbeat;
  }

  /** The flag is off, or every pod is; without any pod nobody said so. */
  featureOff(flagOn: boolean): boolean {
    const pods = [...this.lives.values()];
    return !flagOn || (pods.length > 0 && !pods.some(({ pod }) => pod.featureOn(flagOn)));
  }

  stop(): void {
    for (const { life } of this.lives.values()) life.stop();
    this.lives.clear();
  }
}
