import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { LoadTestResult } from '../../../rollout/loadTest';
import { type CommandResult, runCommand } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { kubectl, ledger, makeLive, scraped, template } from '../support/cluster';
import { sharedSandbox } from '../support/sharedSandbox';
import { CHECKOUT } from '../support/world';

const SCRIPT = path.join(CHECKOUT, 'scripts', 'load-test', 'chat-flood.sh');

describe('scripts/load-test/chat-flood.sh', function () {
  this.timeout(240_000);
  let sandbox: Sandbox;
  before(async function () {
    // A cold build of the generator.
    this.timeout(450_000);
    sandbox = await sharedSandbox();
    assert.equal((await flood(['--help'], 400_000)).code, 0);
    await makeLive(sandbox, 50, { workers: 6 });
    // Beyond every time-out: how fast this machine is must not decide.
    const pinned = JSON.stringify({
      ...(await ledger(sandbox)),
      baseline: { chatP99: 60, measuredAt: new Date().toISOString(), covered: 24, samples: 24 },
    });
    await kubectl(sandbox, [
      'patch',
      'configmap/denis-canary',
      '--type=merge',
      '--patch',
      JSON.stringify({ data: { 'ledger.json': pinned } }),
    ]);
    await scraped(sandbox);
  });
  after(async () => {
    await sandbox.scenario('healthy');
    await kubectl(sandbox, ['delete', 'configmap/denis-canary', '--ignore-not-found']);
    await makeLive(sandbox, 0, { enabled: false });
  });

  const flood = (args: readonly string[], timeoutMs = 140_000): Promise<CommandResult> =>
    runCommand(SCRIPT, args, {
      cwd: sandbox.info.folder,
      env: sandbox.env,
      timeoutMs,
    });

  it('runs as the plan writes it, and keeps its result beside the evidence', async () => {
    const { code, stdout, stderr } = await flood(['--requests=60', '--duration=0.2', '--json']);
    const result = JSON.parse(stdout) as LoadTestResult;
    assert.deepEqual(
      [result.sent, result.dropped, result.failed, result.requests, result.seconds],
      [60, 0, 0, 60, 12],
      stderr,
    );
    // On a machine that is starved it says so itself.
    assert.ok(code === 0 ? result.verdict === 'passed' : code === 1 && result.verdict === 'generator', stdout);
    assert.deepEqual(
      [result.move, result.rollout],
      [(await template(sandbox)).move, (await ledger(sandbox)).rollout?.id],
    );
    const [, file] = /^kept as (.+)$/m.exec(stderr)!;
    assert.equal(path.dirname(file!), path.join(sandbox.info.folder, 'journal'));
    assert.deepEqual(JSON.parse(readFileSync(file!, 'utf8')), result);
  });

  it('asks no service but Denis, and knows wrong usage', async () => {
    const rows: [string[], RegExp][] = [
      [
        ['--requests=10', '--duration=0.1', '--url', 'http://127.0.0.1:1/chat'],
        /--url is not canary:chat of canary-50/,
      ],
      [['--requests=10', '--rps=1'], /cannot be used with/],
      [['--duration=1'], /expected --requests or --rps/],
      [['--rps=5000', '--duration=1'], /1000 a second at most/],
      [['--requests=0'], /expected a whole number/],
    ];
    for (const [args, sentence] of rows) {
      const { code, stderr } = await flood(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, sentence);
    }
  });

  it('stops at once when a rollback rule fires, and does not start while one holds', async () => {
    const child = spawn(SCRIPT, ['--rps=10', '--duration=5'], { cwd: sandbox.info.folder, env: sandbox.env });
    const [stdout, stderr] = [text(child.stdout), createInterface({ input: child.stderr })];
    const said: string[] = [];
    stderr.on('line', (line) => said.push(line));
    const ended = once(child, 'close');
    try {
      const started = (): true | undefined => (said.some((line) => / of 3000 sent /.test(line)) ? true : undefined);
      await waitFor(async () => started(), { what: 'the first requests', deadlineMs: 40_000 });
      await sandbox.scenario('failing-jobs', { rate: 0.4 });
      assert.deepEqual(await ended, [20, null], said.join('\n'));
      assert.match(await stdout, /^load test of canary-50 {3}STOPPED$[\s\S]*stopped by ROLLBACK: success rate/m);
    } finally {
      child.kill('SIGTERM');
    }
    const again = await flood(['--requests=10', '--duration=0.1']);
    assert.equal(again.code, 20, again.stdout + again.stderr);
    assert.match(again.stderr, /^not started: ROLLBACK: /m);
  });
});
