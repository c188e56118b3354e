import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { ManagedProcess, type ProcessHost, type ProcessSpec } from '../../sandbox/process';
import { isRunning, type ProcessIdentity } from '../../sandbox/processIdentity';
import type { SandboxError } from '../../sandbox/sandboxError';
import { waitFor } from '../../sandbox/waitFor';
import { Watchdog } from '../../sandbox/watchdog';

describe('sandbox process', function () {
  this.timeout(20_000);
  let folder: string;
  let watchdog: Watchdog;
  let host: ProcessHost;
  let crashes: SandboxError[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-process-'));
    watchdog = await Watchdog.start(openSync('/dev/null', 'w'), new AbortController().signal);
    crashes = [];
    host = {
      env: process.env,
      folder,
      logs: folder,
      watchdog,
      onCrash: (error) => crashes.push(error),
      onChange: () => {},
    };
  });
  afterEach(async () => {
    await watchdog.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const shell = (script: string, until: RegExp): ProcessSpec => ({
    name: 'example',
    command: 'sh',
    args: ['-c', script],
    ready: async (signal, log) => {
      await waitFor(async () => (until.test(log()) ? true : undefined), {
        what: 'the line',
        deadlineMs: 2_000,
        intervalMs: 5,
        signal,
      });
    },
    stopSignal: 'SIGTERM',
  });

  it('is started when it serves, ends when stopped, and starts again', async () => {
    const managed = new ManagedProcess(shell('echo up; exec sleep 60', /^up$/m), host);
    await managed.start();
    const first = managed.identity!;
    assert.ok(isRunning(first));
    await managed.stop();
    assert.ok(!isRunning(first));
    assert.equal(managed.identity, undefined);
    await managed.start();
    assert.notEqual(managed.identity!.pid, first.pid);
    await managed.stop();
    assert.deepEqual(crashes, []);
  });

  it('names itself, its log and the end of the log when it ends during the start', async () => {
    const managed = new ManagedProcess(shell('echo no room on the disk >&2; exit 3', /never/), host);
    await assert.rejects(managed.start(), (error: SandboxError) => {
      assert.equal(error.code, 'SANDBOX_PROCESS_FAILED');
      assert.match(
        error.message,
        /^example ended by itself \(exit code 3\); its log is .*example\.log, the end of it:\n {2}no room/,
      );
      return true;
    });
  });

  it('is ended when it does not serve in time', async () => {
    const managed = new ManagedProcess(shell('echo $$; exec sleep 60', /never/), host);
    let started: ProcessIdentity | undefined;
    host.onChange = () => {
      started ??= managed.identity;
    };
    await assert.rejects(
      managed.start(),
      /waited 2 s for the line; its log is .*example\.log, the end of it:\n {2}\d+$/,
    );
    assert.ok(started && !isRunning(started));
  });

  it('reports an end that nobody asked for', async () => {
    const managed = new ManagedProcess(shell('echo up; exec sleep 60', /^up$/m), host);
    await managed.start();
    process.kill(managed.identity!.pid, 'SIGKILL');
    await waitFor(async () => crashes[0], { what: 'the crash', deadlineMs: 5_000, intervalMs: 5 });
    assert.match(crashes[0]!.message, /example ended by itself \(signal SIGKILL\)/);
    assert.equal(managed.identity, undefined);
  });

  it('is ended by the watchdog when its owner is killed with SIGKILL', async () => {
    const owner = spawn(process.execPath, [path.join(__dirname, 'support', 'ownerOfOneProcess.js'), folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const started = JSON.parse(line) as ProcessIdentity[];
    assert.equal(started.filter(isRunning).length, 2);
    owner.kill('SIGKILL');
    const gone = async () => (started.some(isRunning) ? undefined : true);
    await waitFor(gone, { what: 'both processes to end', deadlineMs: 5_000, intervalMs: 5 });
  });
});
