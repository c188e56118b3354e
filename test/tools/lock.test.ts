import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkout, linesOf, temporaryFolder, tool, until } from './support';

const { withLock } = tool<{
  withLock: <T>(
    file: string,
    work: () => Promise<T>,
    options?: { signal?: AbortSignal; onWait?: (pid: number) => void },
  ) => Promise<T>;
}>('lock');

describe('tools/lock', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let file: string;

  beforeEach(() => {
    folder = temporaryFolder();
    file = path.join(folder.path, 'lock');
  });
  afterEach(() => folder.remove());

  const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid;

  it('lets one process in at a time, and the next one when that has finished', async () => {
    const journal = path.join(folder.path, 'journal');
    const script = `
      const { withLock } = require(${JSON.stringify(path.join(checkout, 'tools', 'lock.js'))});
      const { appendFileSync } = require('node:fs');
      withLock(${JSON.stringify(file)}, async () => {
        appendFileSync(${JSON.stringify(journal)}, 'in\\n');
        await new Promise((resolve) => setTimeout(resolve, 50));
        appendFileSync(${JSON.stringify(journal)}, 'out\\n');
      });`;
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['-e', script], { stdio: 'inherit' }));
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'close'))[0]));
    assert.deepEqual(codes, [0, 0, 0, 0]);
    assert.deepEqual(linesOf(journal), Array.from({ length: 4 }, () => ['in', 'out']).flat());
    assert.deepEqual(readdirSync(folder.path), ['journal']);
  });

  it('tells whom it waits for, and gives up waiting when aborted', async () => {
    const abort = new AbortController();
    await withLock(file, async () => {
      const waiting = withLock(file, () => assert.fail('the lock was not respected'), {
        signal: abort.signal,
        onWait: (pid) => {
          assert.equal(pid, process.pid);
          abort.abort();
        },
      });
      await assert.rejects(waiting, { name: 'AbortError' });
    });
    assert.ok(!existsSync(file));
  });

  it('is released when the work fails', async () => {
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error('broken'))),
      /broken/,
    );
    assert.ok(!existsSync(file));
  });

  it('takes over the lock of a dead owner', async () => {
    writeFileSync(file, `${deadPid()} 0123\n`);
    assert.equal(await withLock(file, async () => 'done'), 'done');
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('takes over a lock that nobody has touched for long, whoever has its pid now', async () => {
    writeFileSync(file, `${process.pid} 0123\n`);
    const before = new Date(Date.now() - 60_000);
    utimesSync(file, before, before);
    assert.equal(await withLock(file, async () => 'done'), 'done');
  });

  it('does not remove a lock that was taken over meanwhile', async () => {
    await withLock(file, async () => {
      writeFileSync(file, `${process.pid} another\n`);
      await until(() => existsSync(file), 'the lock');
    });
    assert.equal(readFileSync(file, 'utf8'), `${process.pid} another\n`);
  });
});
