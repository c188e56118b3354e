import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { type AddressBlock, addressBlock } from './addressBlock';
import type { ProcessIdentity } from './processIdentity';
import { SandboxError } from './sandboxError';
import type { WatchdogReply, WatchdogRequest } from './watchdogMain';

/** The owner's side of the watchdog: a small process that ends the recorded ones when this process is gone. */
export class Watchdog {
  /** Resolves when it ends though nobody stopped it. */
  readonly ended: Promise<void>;
  private stopping = false;

  private constructor(
    private readonly child: ChildProcess,
    private readonly input: Writable,
    readonly block: AddressBlock,
  ) {
    this.ended = new Promise((resolve) => {
      child.once('exit', () => this.stopping || resolve());
    });
    // This process may end by itself while the watchdog runs: the watchdog then does its work.
    child.unref();
    for (const stream of [child.stdin, child.stdout]) (stream as { unref?: () => void } | null)?.unref?.();
  }

  /** Starts it; returns when it has claimed an address block, which it holds until it ends. */
  static async start(log: number, signal: AbortSignal): Promise<Watchdog> {
    signal.throwIfAborted();
    const program = path.join(__dirname, 'watchdogMain.js');
    // In a session of its own, so that Ctrl-C in the owner's terminal does not reach it.
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', log], detached: true });
    // Writing to a watchdog that has ended must not end the owner: that shows as its exit.
    const input = child.stdin!;
    input.on('error', () => {});
    const reply = await new Promise<WatchdogReply>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => resolve({ error: 'the watchdog ended before it was ready' }));
      createInterface({ input: child.stdout! }).once('line', (line) => resolve(JSON.parse(line) as WatchdogReply));
    });
    if ('error' in reply) {
      input.end();
      throw new SandboxError('SANDBOX_NO_ADDRESSES', reply.error);
    }
    return new Watchdog(child, input, addressBlock(reply.block));
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /** Resolves once the record is out of this process's hands: from then on it holds even if this process is killed. */
  record(identity: ProcessIdentity): Promise<void> {
    return this.send({ record: identity });
  }

  forget(pid: number): Promise<void> {
    return this.send({ forget: pid });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.child.ref();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.input.end();
    await exited;
  }

  private send(request: WatchdogRequest): Promise<void> {
    return new Promise((resolve, reject) => {
      this.input.write(`${JSON.stringify(request)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }
}
