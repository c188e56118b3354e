import { openSync } from 'node:fs';
import { ManagedProcess } from '../../../sandbox/process';
import { identify } from '../../../sandbox/processIdentity';
import { Watchdog } from '../../../sandbox/watchdog';

/** Starts one process and its watchdog, prints both, and waits to be killed. */
async function main(): Promise<void> {
  const folder = process.argv[2]!;
  const watchdog = await Watchdog.start(openSync('/dev/null', 'w'), new AbortController().signal);
  const managed = new ManagedProcess(
    { name: 'example', command: 'sleep', args: ['600'], ready: async () => {}, stopSignal: 'SIGTERM' },
    { env: process.env, folder, logs: folder, watchdog, onCrash: () => {}, onChange: () => {} },
  );
  await managed.start();
  process.stdout.write(`${JSON.stringify([managed.identity, identify('watchdog', watchdog.pid)])}\n`);
  setInterval(() => {}, 60_000);
}

void main();
