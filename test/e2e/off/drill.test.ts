import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { ActionRecord } from '../../../rollout/action';
import type { DrillOutcome } from '../../../rollout/drill';
import { type CommandResult, runCommand } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { jsonOf } from '../../sandbox/support/world';
import { assertNoWrite, mark } from '../support/audit';
import { assertServes, kubectl, ledger, makeLive, workers } from '../support/cluster';
import { sharedSandbox } from '../support/sharedSandbox';
import { CHECKOUT } from '../support/world';

const MARK = 'canary.denis.run/sandbox';

describe('npm run drill', function () {
  this.timeout(150_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await sharedSandbox();
    await makeLive(sandbox, 0, { enabled: false });
  });

  const program = (name: string): string => path.join(CHECKOUT, 'dist', 'scripts', `${name}.js`);
  const run = (name: string, ...args: string[]): Promise<CommandResult> =>
    runCommand(process.execPath, [program(name), ...args], { cwd: CHECKOUT, env: sandbox.env, timeoutMs: 140_000 });
  const journal = (): string => path.join(sandbox.info.folder, 'journal', 'evidence.jsonl');
  const latch = async (): Promise<string | undefined> => {
    const { metadata } = await jsonOf<{ metadata: { annotations?: Record<string, string> } }>(sandbox, [
      ...['-n', 'denis', 'get', 'deployment', 'denis'],
    ]);
    return metadata.annotations?.['canary.denis.run/latch'];
  };

  it('times every way, leaves the feature off and unlatched, and notes it in ledger and evidence', async () => {
    const { code, stdout, stderr } = await run(
      'drill',
      '--runs',
      '1',
      '--json',
      '--method',
      'workers,flag,api,environment',
    );
    assert.equal(code, 0, `${stdout}${stderr}`);
    const outcome = JSON.parse(stdout) as DrillOutcome & { by: string; at: string };
    assert.deepEqual(
      outcome.methods.map(({ method, runs, result }) => `${method} ${runs} ${result}`),
      ['workers', 'flag', 'api', 'environment'].map((method) => `${method} 1 good`),
    );
    for (const { method, lastJobMs, jobsPerSecond } of outcome.runs) {
      assert.ok(lastJobMs! > 50 && lastJobMs! < 10_000, `${method}: ${lastJobMs} ms`);
      assert.ok(jobsPerSecond > 100, `${method}: ${jobsPerSecond} jobs per second`);
    }

    // The service itself knows to the millisecond when it enqueued its last job; the counters were read every 50 ms.
    const state = await (await fetch(`${sandbox.info.denis}/sandbox/state`)).json();
    const { lastEnqueuedAt } = (state as { jobs: { lastEnqueuedAt: number } }).jobs;
    const last = outcome.runs.at(-1)!;
    const apart = Date.parse(last.at) + last.lastJobMs! - lastEnqueuedAt;
    assert.ok(Math.abs(apart) < 300, `${apart} ms apart`);

    await assertServes(sandbox, 0, false);
    assert.equal(await latch(), undefined);
    assert.equal(await workers(sandbox), 3);
    const { drill, latch: copy } = (await ledger(sandbox)) as { drill?: object; latch?: object };
    assert.deepEqual([drill, copy], [{ at: outcome.at, by: outcome.by }, undefined]);
    const records = readFileSync(journal(), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as ActionRecord);
    const own = records.slice(-6);
    assert.deepEqual(
      own.map(({ kind, reason }) => `${kind}: ${reason}`),
      ['kill: drill', 'kill: drill', 'kill: drill', 'kill: drill', 'resume: the drill is over', 'drill: drill'],
    );
    const record = own.at(-1)!;
    assert.ok(record.kind === 'drill');
    assert.deepEqual(record.outcome.runs, outcome.runs);
    const replayed = await run('replay', journal());
    assert.match(replayed.stdout, /, 0 differ; \d+ actions\n$/);
    assert.match((await kubectl(sandbox, ['describe', 'deployment', 'denis'])).stdout, /Normal +CanaryDrilled /);
  });

  it('interrupted, leaves the feature off and latched, and begins no second time before a resume', async () => {
    const child = spawn(process.execPath, [program('drill'), '--method', 'flag'], {
      cwd: CHECKOUT,
      env: sandbox.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const errors = text(child.stderr);
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      said += chunk;
    });
    const ended = new Promise((resolve) => child.once('close', resolve));
    await waitFor(async () => /^flag 1\/20: /m.test(said) || undefined, { what: 'the first run', deadlineMs: 60_000 });
    child.kill('SIGINT');
    assert.equal(await ended, 1, said);
    assert.match(said, /^the feature is off and latched$/m);
    assert.equal(await errors, 'the drill was interrupted; npm run resume ends it\n');
    assert.notEqual(await latch(), undefined);

    const since = await mark(sandbox);
    const again = await run('drill', '--method', 'flag');
    assert.equal(again.code, 1, again.stdout);
    assert.match(again.stderr, /^something is off already: latched by .*; npm run resume comes first$/m);
    await assertNoWrite(sandbox, since);
    const resumed = await run('resume', '--reason', 'the next test', '--yes');
    assert.equal(resumed.code, 0, resumed.stderr);
  });

  it('on a cluster without the mark of a sandbox makes nothing live, and takes no workers and no second run', async () => {
    await makeLive(sandbox, 10);
    const label = (value: string) => kubectl(sandbox, ['label', 'namespace', 'kube-system', `${MARK}${value}`]);
    await label('-');
    try {
      const since = await mark(sandbox);
      for (const [args, code, says] of [
        [['--yes'], 1, /^on a real cluster a drill kills canary-1, at 1 %, and nothing larger: 10 % is live$/m],
        [['--runs', '2'], 2, /^this is a real cluster: one run at a time/m],
        [['--method', 'flag,api'], 2, /^this is a real cluster: one --method at a time/m],
        [['--method', 'workers'], 2, /^this is a real cluster: the workers are not drilled/m],
      ] satisfies [string[], number, RegExp][]) {
        const refused = await run('drill', ...args);
        assert.equal(refused.code, code, refused.stdout);
        assert.match(refused.stderr, says);
      }
      await assertNoWrite(sandbox, since);
    } finally {
      await label('=true');
    }
  });
});
