import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { checkout, linesOf, temporaryFolder, until } from './support';

describe('tools/runChild', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const journal = () => path.join(folder.path, 'journal');
  /** A process that runs the script as its child and exits with what runChild returns. */
  const start = (script: string) => {
    const outer = `require(${JSON.stringify(path.join(checkout, 'tools', 'runChild.js'))})
      .runChild(process.execPath, ['-e', ${JSON.stringify(script)}], { ...process.env, JOURNAL: ${JSON.stringify(journal())} })
      .then((code) => { process.exitCode = code; });`;
    return spawn(process.execPath, ['-e', outer], { stdio: ['ignore', 'inherit', 'inherit'] });
  };

  for (const [what, script, code] of [
    ['the exit code', 'process.exit(7)', 7],
    ['128 + the signal', 'process.kill(process.pid, "SIGKILL")', 137],
  ] as const) {
    it(`ends with ${what} of the child`, async () => {
      assert.deepEqual(await once(start(script), 'close'), [code, null]);
    });
  }

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    it(`hands ${signal} on once and waits for the child`, async () => {
      const parent = start(`
        const note = (line) => require('node:fs').appendFileSync(process.env.JOURNAL, line + '\\n');
        const alive = setInterval(() => {}, 1000);
        process.on('${signal}', () => { note('${signal}'); clearInterval(alive); });
        process.on('exit', () => note('exit'));
        note('ready');`);
      await until(() => linesOf(journal()).includes('ready'), 'the child');
      parent.kill(signal);
      assert.deepEqual(await once(parent, 'close'), [0, null]);
      assert.deepEqual(linesOf(journal()), ['ready', signal, 'exit']);
    });
  }
});
