import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../../../sandbox/index';
import { type Loopback, type Received, serve } from '../../observe/support/loopback';

/** How an HTTP server behaves for a while. */
type Mood = 'well' | 'busy' | 'garbage' | 'cut off' | 'silent';

const MOODS: readonly Mood[] = ['well', 'busy', 'well', 'garbage', 'well', 'cut off', 'well', 'silent'];
/** No multiple of each other, nor of the 10 s of a tick: in time every combination meets one. ms */
const MOOD_MS = 3_700;
const REDIS_MS = 4_300;
const API_SERVER_MS = 5_900;

export interface Flapping {
  /** In front of the real Prometheus. */
  readonly prometheus: Loopback;
  readonly slack: Loopback;
  /** What Slack took. */
  readonly delivered: readonly string[];
  /** How often each was out of order so far. */
  readonly outages: Readonly<Record<'prometheus' | 'slack' | 'redis' | 'API server', number>>;
  /** Everything works again. */
  stop(): Promise<void>;
}

/** From now on Prometheus, Slack, Redis and the API server come and go: they answer, err, stammer, break off, hang. */
export async function flap(sandbox: Sandbox): Promise<Flapping> {
  const outages = { prometheus: 0, slack: 0, redis: 0, 'API server': 0 };
  const began = performance.now();
  const over = new AbortController();
  const moody = (name: 'prometheus' | 'slack', shift: number, well: (request: Received) => Promise<string>) =>
    serve(async (request, response) => {
      const moment = Math.floor((performance.now() - began) / MOOD_MS) + shift;
      const mood = over.signal.aborted ? 'well' : MOODS[moment % MOODS.length]!;
      if (mood !== 'well') outages[name]++;
      if (mood === 'silent') return;
      if (mood === 'busy') return response.writeHead(503).end('try again');
      response.setHeader('content-type', 'application/json');
      if (mood === 'garbage') return response.end('\u0000{"status":"success","data":<garbage');
      if (mood === 'well') return response.end(await well(request));
      response.setHeader('content-length', 1_000);
      return response.write('{"status":"success","data":{"resultType":"matrix","result":[', () => response.destroy());
    });
  const prometheus = await moody('prometheus', 0, async ({ method = '', url, body, headers }) => {
    const sent = method === 'POST' ? { body, headers: { 'content-type': headers['content-type'] ?? '' } } : {};
    const signal = AbortSignal.timeout(5_000);
    const answer = await fetch(sandbox.info.prometheus + url, { method, ...sent, signal });
    if (!answer.ok) throw new Error(`Prometheus answered ${answer.status} to ${method} ${url}`);
    return answer.text();
  });
  const delivered: string[] = [];
  const slack = await moody('slack', 1, async ({ body }) => {
    delivered.push(body);
    return 'ok';
  });
  const frozen = [
    freezing(sandbox.info.pids['redis-server']!, REDIS_MS, over.signal, () => outages.redis++),
    freezing(sandbox.info.pids['kube-apiserver']!, API_SERVER_MS, over.signal, () => outages['API server']++),
  ];
  return {
    prometheus,
    slack,
    delivered,
    outages,
    stop: async () => {
      over.abort();
      await Promise.all(frozen);
    },
  };
}

/** Stops the process and lets it go on in turn, until the signal; it runs afterwards. */
async function freezing(pid: number, ms: number, signal: AbortSignal, froze: () => void): Promise<void> {
  try {
    for (let stop = true; !signal.aborted; stop = !stop) {
      process.kill(pid, stop ? 'SIGSTOP' : 'SIGCONT');
      if (stop) froze();
      await pause(ms, undefined, { signal }).catch(() => {});
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
