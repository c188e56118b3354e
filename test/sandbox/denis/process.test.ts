import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { waitFor } from '../../../sandbox/waitFor';
import { FakeApiServer } from './support/fakeApiServer';
import { addressOf, apiPod, exposed } from './support/pods';
import { chat } from './support/world';

const PROGRAM = path.join(__dirname, '../../../sandbox/denis/main.js');

describe('the process of Denis', () => {
  let folder: string;
  let api: FakeApiServer;
  let child: ChildProcess;
  let output: string;
  let errors: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-process-'));
    api = new FakeApiServer();
  });
  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await api.stop().catch(() => {});
    rmSync(folder, { recursive: true });
  });

  const run = (config: unknown): void => {
    const file = path.join(folder, 'denis.json');
    writeFileSync(file, JSON.stringify(config));
    output = '';
    errors = '';
    child = spawn(process.execPath, [PROGRAM, file], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout!.on('data', (chunk) => {
      output += String(chunk);
    });
    child.stderr!.on('data', (chunk) => {
      errors += String(chunk);
    });
  };

  it('says ready once, when it serves every Ready pod, even without Redis, and ends on SIGTERM', async () => {
    api.setPod(apiPod(11, exposed(10)));
    const logFile = path.join(folder, 'denis.log');
    // Nothing listens on port 1: Redis is away from the start.
    run({
      apiServer: await api.start(),
      token: 'x',
      caFile: '',
      namespace: 'denis',
      redis: 'redis://127.0.0.1:1',
      frontPort: 0,
      chatsPerSecond: 100,
      seed: 1,
      logFile,
    });
    await waitFor(async () => (output === 'ready\n' ? true : undefined), { what: 'ready', deadlineMs: 5_000 });
    assert.equal((await chat(`http://${addressOf(11)}:8084`)).status, 200);
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    assert.equal(code, 0);
    assert.deepEqual([output, errors], ['ready\n', '']);
    assert.match(readFileSync(logFile, 'utf8'), /denis-11 started on .* with 10 %, enabled true/);
  });

  it('refuses a configuration that it does not understand, and names the field', async () => {
    run({ apiServer: 'http://127.0.0.1:1', frontPorts: 1 });
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 1);
    assert.match(errors, /frontPort/);
    assert.equal(output, '');
  });
});
