import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runCommand } from '../../sandbox/command';
import { SandboxError, type SandboxInfo, startSandbox } from '../../sandbox/index';
import { isRunning, type ProcessIdentity } from '../../sandbox/processIdentity';
import { readProcessList } from '../../sandbox/processList';
import { waitFor } from '../../sandbox/waitFor';

const MAIN = path.join(__dirname, '..', '..', 'sandbox', 'main.js');

describe('sandbox command', function () {
  this.timeout(60_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-lifetime-'));
    env = { ...process.env, XDG_STATE_HOME: path.join(folder, 'state') };
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const command = (...args: string[]) =>
    runCommand(process.execPath, [MAIN, ...args], { env, cwd: folder, timeoutMs: 40_000 });
  const identities = (info: SandboxInfo) => {
    const list = readProcessList(info.folder);
    assert.ok(list?.owner);
    return [list.owner, ...list.started];
  };

  it('runs detached side by side with another until `--stop`, which ends exactly what it started', async () => {
    const [first, second] = await Promise.all([command('--detach'), command('--detach', '--folder', 'second')]);
    assert.equal(first.code, 0, first.stderr);
    assert.equal(second.code, 0, second.stderr);
    const [one, two] = [first, second].map(({ stdout }) => JSON.parse(stdout) as SandboxInfo) as [
      SandboxInfo,
      SandboxInfo,
    ];
    const [ofOne, ofTwo] = [identities(one), identities(two)];
    try {
      assert.equal(two.folder, path.join(folder, 'second'));
      assert.deepEqual(ofOne.map(({ pid }) => pid).sort(), Object.values(one.pids).sort());
      assert.ok([...ofOne, ...ofTwo].every(isRunning));
      assert.equal(new Set([one, two].flatMap((info) => [info.denis, info.prometheus, info.redis])).size, 6);

      const unclear = await command('--stop');
      assert.equal(unclear.code, 1);
      for (const info of [one, two]) assert.ok(unclear.stderr.includes(`--folder ${info.folder} `), unclear.stderr);
      assert.ok([...ofOne, ...ofTwo].every(isRunning));

      const named = await command('--stop', '--folder', 'second');
      assert.equal(named.code, 0, named.stderr);
      assert.ok(!ofTwo.some(isRunning));
      assert.ok(ofOne.every(isRunning));
      assert.ok(existsSync(two.folder), 'a folder that was named stays');

      const last = await command('--stop');
      assert.equal(last.code, 0, last.stderr);
      assert.ok(!ofOne.some(isRunning));
      assert.ok(!existsSync(one.folder), 'a folder of its own goes with it');
    } finally {
      await command('--stop', '--all');
    }
    assert.equal((await command('--stop', '--folder', 'second')).code, 1);
    assert.match((await command('--stop')).stderr, /no detached sandbox/);
  });

  const victims: [string, string[]][] = [
    ['its own process', [process.execPath, MAIN, '--folder', 'killed']],
    // As `npm run` does: a process above it, which is the one that is killed.
    ['the process above it', ['sh', '-c', '"$@"; true', 'sh', process.execPath, MAIN, '--folder', 'killed']],
  ];
  for (const [title, [program, ...args]] of victims) {
    it(`leaves nothing running when ${title} is killed with SIGKILL`, () => leavesNothing(program!, args));
  }

  async function leavesNothing(program: string, args: string[]): Promise<void> {
    const owner = spawn(program, args, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    owner.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    owner.stderr.resume();
    let started: ProcessIdentity[];
    try {
      const ready = async () => JSON.parse(output) as SandboxInfo;
      started = identities(await waitFor(ready, { what: 'the sandbox to be ready', deadlineMs: 30_000 }));
      assert.ok(started.length >= 10 && started.every(isRunning));
    } finally {
      owner.kill('SIGKILL');
    }
    const gone = async () => (started.some(isRunning) ? undefined : true);
    await waitFor(gone, { what: 'every process to end', deadlineMs: 5_000 });
  }

  it('ends what it had started when one part fails, and names that part and its log', async () => {
    const tools = path.join(folder, 'tools');
    await runCommand('mkdir', [tools], { env, cwd: folder, timeoutMs: 5_000 });
    writeFileSync(path.join(tools, 'redis-server'), '#!/bin/sh\necho no memory left >&2\nexit 1\n');
    chmodSync(path.join(tools, 'redis-server'), 0o755);
    const state = path.join(folder, 'failed');
    const starting = startSandbox({ folder: state, env: { ...env, PATH: `${tools}:${env['PATH']}` } });
    await assert.rejects(starting, (error: unknown) => {
      assert.ok(error instanceof SandboxError);
      assert.equal(error.code, 'SANDBOX_PROCESS_FAILED');
      assert.match(
        error.message,
        /^redis-server ended by itself \(exit code 1\); its log is .*redis-server\.log.*\n {2}no memory left$/,
      );
      return true;
    });
    const list = readProcessList(state);
    assert.ok(list !== undefined && !list.started.some(isRunning));
    assert.ok(readdirSync(path.join(state, 'logs')).includes('redis-server.log'));
  });

  it('refuses a folder with files, missing tools and bad numbers before it starts anything', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await assert.rejects(startSandbox({ folder, env }), { code: 'SANDBOX_FOLDER_IN_USE' });
    await assert.rejects(startSandbox({ env: { PATH: '/nowhere' } }), { code: 'SANDBOX_TOOL_MISSING' });
    const bad = await command('--time-scale', 'fast');
    assert.equal(bad.code, 1);
    assert.match(bad.stderr, /--time-scale.*Expected a number of at least 1/);
  });

  it('ends at once when told to while it starts', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const state = path.join(folder, 'aborted');
    const starting = startSandbox(
      { folder: state, env },
      { signal: abort.signal, log: (line) => line === 'etcd runs' && abort.abort(reason) },
    );
    await assert.rejects(starting, reason);
    assert.ok(!readProcessList(state)!.started.some(isRunning));
  });
});
