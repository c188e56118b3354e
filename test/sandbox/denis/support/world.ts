import assert from 'node:assert/strict';
import { type RunningDenis, startDenis } from '../../../../sandbox/denis/denis';
import { waitFor } from '../../../../sandbox/waitFor';
import { FakeApiServer } from './fakeApiServer';
import { addressOf } from './pods';
import { RedisServer } from './redisServer';

export interface State {
  now: number;
  chatsPerSecond: number;
  pods: {
    name: string;
    ready: boolean;
    listening: boolean;
    pct: number;
    enabled: boolean;
    killed: boolean;
    live: number;
  }[];
  workers: { name: string; running: number }[];
  jobs: {
    enqueued: number;
    started: number;
    finished: number;
    failed: number;
    dropped: number;
    lost: number;
    running: number;
    lastEnqueuedAt: number | null;
    lastBegunAt: number | null;
  };
  queueDepth: number;
  flagOn: boolean;
  redisConnected: boolean;
}

/** Denis in this process, with a real Redis and an API server of the tests. */
export class DenisWorld {
  readonly api = new FakeApiServer();
  readonly redis = new RedisServer();
  private denis: RunningDenis | undefined;

  async start(chatsPerSecond = 400): Promise<void> {
    await this.redis.start();
    const config = {
      apiServer: await this.api.start(),
      token: 'api-token',
      caFile: '',
      namespace: 'denis',
      redis: this.redis.url,
      frontPort: 0,
      chatsPerSecond,
      seed: 1,
      logFile: '',
    };
    this.denis = await startDenis(config, '', () => {});
    await this.denis.ready;
  }

  async stop(): Promise<void> {
    this.denis?.stop();
    await this.api.stop();
    await this.redis.stop();
  }

  get front(): string {
    return `http://127.0.0.1:${this.denis!.frontPort}`;
  }

  pod(index: number): string {
    return `http://${addressOf(index)}:8084`;
  }

  async state(): Promise<State> {
    return (await (await request(`${this.front}/sandbox/state`)).json()) as State;
  }

  putScenario(body: unknown): Promise<Response> {
    return request(`${this.front}/sandbox/scenario`, { method: 'PUT', body: JSON.stringify(body) });
  }

  async scenario(name: string, extra: Record<string, unknown> = {}): Promise<void> {
    const answer = await this.putScenario({ name, ...extra });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** The samples of one pod, by series as written. */
  async metrics(index = 1): Promise<Map<string, number>> {
    return samplesIn(await (await request(`${this.pod(index)}/metrics`)).text());
  }

  /** Waits until the state, or something made of it, is as wanted. */
  async until(what: string, holds: (state: State) => boolean | Promise<boolean>, deadlineMs = 5_000): Promise<State> {
    const probe = async (): Promise<State | undefined> => {
      const state = await this.state();
      return (await holds(state)) ? state : undefined;
    };
    return await waitFor(probe, { what, deadlineMs, intervalMs: 20 });
  }
}

/** A request on a connection of its own, so that a pod that ends is seen at once. */
export function request(url: string, init: RequestInit = {}): Promise<Response> {
  return fetch(url, { ...init, headers: { ...init.headers, connection: 'close' }, signal: AbortSignal.timeout(3_000) });
}

export function chat(origin: string, body: unknown = { message: 'hello', user_id: 'ann' }): Promise<Response> {
  return request(`${origin}/chat`, { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) });
}

function samplesIn(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}
