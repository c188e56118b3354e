import { readFileSync } from 'node:fs';
import { readConfig } from './config';
import { startDenis } from './denis';
import { logFile, reasonOf } from './logFile';

/** `node main.js CONFIG.json`: Denis until SIGTERM; says `ready` once it serves every Ready pod. */
async function main(): Promise<void> {
  const file = process.argv[2];
  if (file === undefined) throw new Error('expected the path of a configuration file');
  const config = readConfig(file);
  const log = logFile(config.logFile);
  process.on('unhandledRejection', (error) =>
    log(`unhandled: ${error instanceof Error ? error.stack : String(error)}`),
  );
  const authority = config.apiServer.startsWith('https:') ? readFileSync(config.caFile, 'utf8') : '';
  const denis = await startDenis(config, authority, log);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      log(`stopped by ${signal}`);
      denis.stop();
      process.exit(0);
    });
  }
  await denis.ready;
  log('ready');
  process.stdout.write('ready\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`denis: ${reasonOf(error)}\n`);
  process.exitCode = 1;
  setImmediate(() => process.exit());
});
