import { setTimeout as pause } from 'node:timers/promises';
import type { KubeApi } from './kubeApi';
import { type Log, reasonOf } from './logFile';

interface KubeObject {
  metadata: { name: string; resourceVersion?: string };
}

interface WatchEvent<T> {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  object: T;
}

/** The server ends a watch after this long, so that a connection that died silently is noticed soon. */
const WATCH_SECONDS = 60;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Keeps the objects of one collection, by name: list, then watch, then from the start again whenever the watch ends
 * for whatever reason (410 included). While the server is away the last known objects stay.
 */
export class ListWatch<T extends KubeObject> {
  /** Resolves after the first list. */
  readonly listed: Promise<void>;
  private tellListed: () => void = () => {};
  private readonly stopping = new AbortController();
  private objects = new Map<string, T>();

  constructor(
    private readonly api: KubeApi,
    /** Such as `/api/v1/namespaces/denis/pods`. */
    private readonly path: string,
    private readonly selector: Readonly<Record<string, string>>,
    private readonly onChange: (objects: ReadonlyMap<string, T>) => void,
    private readonly log: Log,
  ) {
    this.listed = new Promise((resolve) => {
      this.tellListed = resolve;
    });
  }

  /** Runs until stopped; never rejects. */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    let pauseMs = FIRST_PAUSE_MS;
    let failing = false;
    while (!signal.aborted) {
      try {
        const version = await this.list(signal);
        if (failing) this.log(`${this.path}: listed again`);
        failing = false;
        pauseMs = FIRST_PAUSE_MS;
        await this.watch(version, signal);
        await pause(FIRST_PAUSE_MS, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        if (!failing) this.log(`${this.path}: ${reasonOf(error)}; keeping what is known`);
        failing = true;
        await pause(pauseMs, undefined, { signal }).catch(() => {});
        pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      }
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async list(signal: AbortSignal): Promise<string> {
    const query = new URLSearchParams(this.selector);
    const list = await this.api.get<{ metadata: { resourceVersion: string }; items: T[] }>(
      `${this.path}?${query}`,
      signal,
    );
    this.objects = new Map(list.items.map((item) => [item.metadata.name, item]));
    this.onChange(this.objects);
    this.tellListed();
    return list.metadata.resourceVersion;
  }

  private async watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const query = new URLSearchParams({
      ...this.selector,
      watch: '1',
      resourceVersion,
      timeoutSeconds: String(WATCH_SECONDS),
    });
    const idleMs = (WATCH_SECONDS + 10) * 1_000;
    await this.api.lines(`${this.path}?${query}`, idleMs, (line) => this.apply(JSON.parse(line)), signal);
  }

  private apply({ type, object }: WatchEvent<T>): void {
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
        this.objects.set(object.metadata.name, object);
        break;
      case 'DELETED':
        this.objects.delete(object.metadata.name);
        break;
      case 'BOOKMARK':
        return;
      case 'ERROR':
        throw new Error(`the watch ended: ${JSON.stringify(object).slice(0, 300)}`);
    }
    this.onChange(this.objects);
  }
}
