import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { processStart } from '../../act/processStart';
import { lockSamples } from '../../act/samplerLock';
import { withFolder } from '../observe/support/journal';

const MODULE = path.join(__dirname, '..', '..', 'act', 'samplerLock.js');

/** Another process that takes the lock and stays, or says why it did not get it. */
async function contender(folder: string): Promise<{ child: ChildProcess; said: string }> {
  const program = `
    try { require(${JSON.stringify(MODULE)}).lockSamples(${JSON.stringify(folder)}, 'box', process.pid); console.log('has it'); setInterval(() => {}, 1000); }
    catch (error) { console.log(error.code + ': ' + error.message); }`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [chunk] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, said: chunk.toString().trim() };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

describe('lockSamples', () => {
  it('makes the folder, for its owner alone, and leaves nothing in it', () =>
    withFolder((parent) => {
      const folder = path.join(parent, 'a', 'b');
      const lock = lockSamples(folder, 'box', process.pid);
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      assert.equal(readdirSync(folder).length, 1);
      lock.release();
      lock.release();
      assert.deepEqual(readdirSync(folder), []);
      lockSamples(folder, 'box', process.pid).release();
    }));

  it('is had by one process, and free once that one has ended, however it ended', () =>
    withFolder(async (folder) => {
      const { child, said } = await contender(folder);
      try {
        assert.equal(said, 'has it');
        assert.throws(() => lockSamples(folder, 'box', process.pid), {
          code: 'sampler',
          message: `process ${child.pid} samples into this folder already; stop it first, or leave the sampling to it`,
        });
        assert.equal(readdirSync(folder).length, 1, 'who is refused leaves nothing');
      } finally {
        await end(child);
      }
      assert.equal(readdirSync(folder).length, 1, 'it could not clean up');
      lockSamples(folder, 'box', process.pid).release();
      assert.deepEqual(readdirSync(folder), []);
    }));

  it('is had by one process at most when several come at once', () =>
    withFolder(async (folder) => {
      for (let round = 0; round < 3; round++) {
        const all = await Promise.all(Array.from({ length: 4 }, () => contender(folder)));
        try {
          const holders = all.filter(({ said }) => said === 'has it');
          assert.ok(holders.length <= 1, all.map(({ said }) => said).join('\n'));
          for (const { said } of all)
            assert.match(said, /^(has it|sampler: process \d+ samples into this folder already)/);
        } finally {
          await Promise.all(all.map(({ child }) => end(child)));
        }
      }
    })).timeout(20_000);

  it('is had once within one process too', () =>
    withFolder((folder) => {
      const lock = lockSamples(folder, 'box', process.pid);
      assert.throws(() => lockSamples(folder, 'box', process.pid), { code: 'sampler' });
      assert.equal(readdirSync(folder).length, 1);
      lock.release();
    }));

  it('is not held by a later process of the same number', () =>
    withFolder((folder) => {
      writeFileSync(path.join(folder, `sampler.box.${process.ppid}.1.lock`), '');
      const lock = lockSamples(folder, 'box', process.pid);
      assert.equal(readdirSync(folder).length, 1);
      lock.release();
    }));

  it('of another machine cannot be judged here: it is said what to do', () =>
    withFolder((folder) => {
      const file = path.join(folder, 'sampler.other%2Eexample.7.123.lock');
      writeFileSync(file, '');
      assert.throws(() => lockSamples(folder, 'box.example', process.pid), {
        code: 'sampler',
        message: `process 7 samples into this folder already, on machine other.example; the folder belongs to one machine: stop that sampler, or delete ${file} if it is gone`,
      });
    }));

  it('says when the folder cannot be written', () =>
    withFolder((folder) => {
      // A file in its way stops root too.
      writeFileSync(path.join(folder, 'x'), '');
      assert.throws(() => lockSamples(path.join(folder, 'x', 'y'), 'box', process.pid), {
        message: /^.* cannot be written: ENOTDIR.*; set canary:journal to a folder that can$/,
      });
    }));
});

describe('processStart', () => {
  it('is the same for one process and undefined for none', () => {
    assert.match(processStart(process.pid) ?? '', /^\d+$/);
    assert.equal(processStart(process.pid), processStart(process.pid));
    assert.equal(processStart(2 ** 22 + 1), undefined);
  });
});
