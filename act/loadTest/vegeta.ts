import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { TEST_MESSAGE } from '../../observe/chat';
import { seconds } from '../../phases/units';
import { UserError } from '../../phases/userError';
import type { Hit, LoadPlan } from '../../rollout/loadTest';

/** What sends the requests. */
export interface Generator {
  /** Settles when the last answer is in, or after {@link stop}. @throws UserError when it could not send */
  readonly ended: Promise<void>;
  /** No request begins after this; those under way are waited for, at most their time-out. */
  stop(): void;
  /** Seconds of one core that it used; undefined where the system does not tell. */
  cpuSeconds(): number | undefined;
}

/** The plan's time-out of a probe. */
const TIMEOUT_SECONDS = 5;
const STOP_MS = (TIMEOUT_SECONDS + 2) * 1000;
/** Linux counts in hundredths of a second, whatever the machine. */
const CLOCK_TICKS = 100;

/**
 * Starts vegeta, an open-loop generator: requests go out at their time whether or not earlier ones were answered. It reads each
 * request from a pipe that holds exactly the plan's number, so it cannot send more, and it ends when this process does.
 * @param url nothing else is asked; it may hold a password, which stands in no argument
 * @param run tells the users of one run from those of another
 */
export function startVegeta(
  plan: LoadPlan,
  { url, run, env, onHit }: { url: string; run: string; env: NodeJS.ProcessEnv; onHit: (hit: Hit) => void },
): Generator {
  const own = { ...env, NO_PROXY: '*', no_proxy: '*' };
  // A group of its own: Ctrl-C is ours to pass on.
  const options = { env: own, detached: true } as const;
  const attack = spawn('vegeta', attackArguments(plan), { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const encode = spawn('vegeta', ['encode', '-to', 'json'], { ...options, stdio: ['pipe', 'pipe', 'inherit'] });
  attack.stdout.pipe(encode.stdin);
  for (const stream of [encode.stdin, attack.stdin]) stream.on('error', () => {});
  const lines = createInterface({ input: encode.stdout });
  let stopped = false;
  lines.on('line', (line) => {
    const hit = hitIn(line);
    if (hit !== undefined) onHit(hit);
  });
  pipeline(Readable.from(targets(plan.requests, url, run)), attack.stdin).catch(() => {});
  let said = '';
  attack.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000);
  });
  let force: NodeJS.Timeout | undefined;
  let cpu: number | undefined;
  const ended = Promise.all([endOf(attack), endOf(encode), once(lines, 'close')]).then(([code]) => {
    clearTimeout(force);
    if (code !== 0 && !stopped) throw new UserError('load-generator', `vegeta ended with code ${code}: ${said.trim()}`);
  });
  return {
    ended,
    stop() {
      if (stopped) return;
      stopped = true;
      attack.kill('SIGTERM');
      force = setTimeout(() => {
        attack.kill('SIGKILL');
        encode.kill('SIGKILL');
      }, STOP_MS);
    },
    cpuSeconds: () => {
      cpu = cpuOf(attack.pid) ?? cpu;
      return cpu;
    },
  };
}

function attackArguments({ requests, length }: LoadPlan): string[] {
  const ms = Math.round(length * 1000);
  // As many as can be under way at once: then Denis being slow never holds the next request up.
  const workers = Math.ceil((requests / length) * TIMEOUT_SECONDS) + 10;
  return [
    'attack',
    ...['-format=json', '-lazy', `-rate=${requests}/${ms}ms`, `-duration=${ms}ms`],
    ...[`-timeout=${TIMEOUT_SECONDS}s`, `-max-workers=${workers}`, '-max-body=0', '-redirects=-1'],
  ];
}

/** The plan's message, each time by another user. */
function* targets(requests: number, url: string, run: string): IterableIterator<string> {
  const header = { 'content-type': ['application/json'] };
  for (let number = 0; number < requests; number++) {
    const message = JSON.stringify({ ...TEST_MESSAGE, user_id: `load-test-${run}-${number}` });
    yield `${JSON.stringify({ method: 'POST', url, header, body: Buffer.from(message).toString('base64') })}\n`;
  }
}

/** Vegeta's own words about an error may hold the URL: they are not kept. */
function hitIn(line: string): Hit | undefined {
  const { seq, timestamp, latency, code, url } = JSON.parse(line) as {
    readonly seq: number;
    readonly timestamp: string;
    readonly latency: number;
    readonly code: number;
    readonly url: string;
  };
  // It tells of a request that it did not send too, when the pipe is empty.
  if (url === '') return undefined;
  return { number: seq, at: Date.parse(timestamp) / 1000, latency: seconds(latency / 1e9), status: code };
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => {
      const missing =
        'vegeta was not found on PATH; start the load test by scripts/load-test/chat-flood.sh, which brings it';
      reject(error.code === 'ENOENT' ? new UserError('load-generator', missing) : error);
    });
    child.once('close', resolve);
  });
}

function cpuOf(pid: number | undefined): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
  } catch {
    return undefined;
  }
}
