import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readRevision } from '../../observe/revision';
import { standIn } from './support/standIn';

/** Whoever runs this test may have settings of git, or run it in a hook. */
const ENV: NodeJS.ProcessEnv = { PATH: process.env['PATH'], HOME: '/nonexistent', GIT_CONFIG_NOSYSTEM: '1' };

describe('readRevision', function () {
  this.timeout(15_000);
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(path.join(tmpdir(), 'revision-'));
    folders.push(made);
    return made;
  };
  after(() => {
    for (const one of folders) rmSync(one, { recursive: true, force: true });
  });

  const git = (where: string, ...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.com', ...args], {
      cwd: where,
      env: ENV,
      encoding: 'utf8',
    }).trim();
  function repository(): { where: string; commit: string } {
    const where = folder();
    git(where, 'init', '-q');
    writeFileSync(path.join(where, 'code.ts'), 'one\n');
    git(where, 'add', '.');
    git(where, 'commit', '-q', '-m', 'one');
    return { where, commit: git(where, 'rev-parse', 'HEAD') };
  }

  it('is the commit of a clean checkout, also seen from a folder in it', async () => {
    const { where, commit } = repository();
    assert.deepEqual(await readRevision(where, ENV), { commit, changed: false });
    writeFileSync(path.join(where, 'untracked'), 'notes\n');
    assert.deepEqual(await readRevision(where, ENV), { commit, changed: false });
  });

  it('says that a file differs from the commit', async () => {
    const { where, commit } = repository();
    writeFileSync(path.join(where, 'code.ts'), 'two\n');
    assert.deepEqual(await readRevision(where, ENV), { commit, changed: true });
    git(where, 'add', '.');
    assert.deepEqual(await readRevision(where, ENV), { commit, changed: true });
  });

  it("is the folder's own, whatever repository a hook of git names", async () => {
    const [own, other] = [repository(), repository()];
    writeFileSync(path.join(other.where, 'code.ts'), 'two\n');
    git(other.where, 'commit', '-q', '-a', '-m', 'two');
    const env = { ...ENV, GIT_DIR: path.join(other.where, '.git'), GIT_WORK_TREE: other.where };
    assert.deepEqual(await readRevision(own.where, env), { commit: own.commit, changed: false });
  });

  it('is unknown outside of a repository, in one without a commit, and without git', async () => {
    const empty = folder();
    const env = { ...ENV, GIT_CEILING_DIRECTORIES: path.dirname(empty) };
    assert.deepEqual(await readRevision(empty, env), { commit: 'unknown' });
    git(empty, 'init', '-q');
    assert.deepEqual(await readRevision(empty, env), { commit: 'unknown' });
    assert.deepEqual(await readRevision(repository().where, { PATH: '/nonexistent' }), { commit: 'unknown' });
    assert.deepEqual(await readRevision('/nonexistent/folder', ENV), { commit: 'unknown' });
  });

  it('is unknown after 2 s where git does not answer, whatever its children do', async () => {
    const slow = standIn('git', "trap '' TERM; sleep 20; echo late");
    try {
      const started = performance.now();
      assert.deepEqual(await readRevision(repository().where, { ...ENV, PATH: slow.env['PATH'] }), {
        commit: 'unknown',
      });
      assert.ok(performance.now() - started < 4_000);
    } finally {
      slow.remove();
    }
  });

  it('leaves open whether files differ where only that is slow', async () => {
    const { where } = repository();
    const commit = 'c'.repeat(40);
    const slow = standIn('git', `case "$1" in rev-parse) echo ${commit};; *) exec sleep 20;; esac`);
    try {
      assert.deepEqual(await readRevision(where, { ...ENV, PATH: slow.env['PATH'] }), { commit });
    } finally {
      slow.remove();
    }
  });
});
