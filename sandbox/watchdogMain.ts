import { createInterface } from 'node:readline';
import { claimAddressBlock } from './addressBlock';
import { type ProcessIdentity, signalProcess } from './processIdentity';

/**
 * The watchdog's own program. It claims the address block, says so in one line, and then reads from its owner which
 * processes to end when the owner is gone: standard input closes with the owner, also when that is killed with SIGKILL.
 */
export type WatchdogRequest = { record: ProcessIdentity } | { forget: number };
export type WatchdogReply = { block: number } | { error: string };

async function main(): Promise<void> {
  const recorded = new Map<number, ProcessIdentity>();
  const finish = (): void => {
    for (const identity of recorded.values()) signalProcess(identity, 'SIGKILL');
    process.exit(0);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, finish);
  // The owner may be gone before the reply is read.
  process.stdout.on('error', () => {});

  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const request = JSON.parse(line) as WatchdogRequest;
      if ('record' in request) recorded.set(request.record.pid, request.record);
      else recorded.delete(request.forget);
    })
    .on('close', finish);

  let reply: WatchdogReply;
  try {
    reply = { block: (await claimAddressBlock()).block.index };
  } catch (error) {
    reply = { error: (error as Error).message };
  }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

void main();
