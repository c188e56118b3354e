import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../../support/freePort';

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a real Redis on a free port and returns when it accepts connections. */
export async function startRedis(...more: string[]): Promise<RedisServer> {
  const port = await freePort();
  const fixed = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', tmpdir()];
  // A replica then receives its data into memory, not into a file that the next server would load.
  fixed.push('--repl-diskless-load', 'on-empty-db');
  const child = spawn('redis-server', [...fixed, ...more], { stdio: ['ignore', 'pipe', 'inherit'] });
  await ready(child, 'Ready to accept connections');
  return { port, url: `redis://127.0.0.1:${port}`, stop: () => stopped(child) };
}

/** Starts a real sentinel that watches one master, alone, and gives a dead one up after half a second. */
export async function startSentinel(master: RedisServer, name: string, ...more: string[]): Promise<RedisServer> {
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'sentinel-'));
  const file = path.join(folder, 'sentinel.conf');
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
    `sentinel down-after-milliseconds ${name} 500`,
    `sentinel failover-timeout ${name} 5000`,
    ...more,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await ready(child, '+monitor master');
  const stop = async (): Promise<void> => {
    await stopped(child);
    await rm(folder, { recursive: true });
  };
  return { port, url: `redis+sentinel://127.0.0.1:${port}/${name}`, stop };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function ready(child: ChildProcess, sign: string): Promise<void> {
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    said.push(line);
    if (line.includes(sign)) {
      child.stdout!.resume();
      return;
    }
  }
  throw new Error(`redis-server ended before it was ready:\n${said.join('\n')}`);
}
