import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { assertNoWrite, mark, named, writesSince } from '../support/audit';
import {
  assertServes,
  deployment,
  kubectl,
  LATCH,
  ledger,
  makeLive,
  rolledOut,
  setFlag,
  template,
  WIRED,
  wiring,
  workers,
} from '../support/cluster';
import { refusedUp, up } from '../support/pulumi';
import { killed, latchOf, patchAsKill, tell, toldToStop, wasTold } from '../support/rawKill';
import { sharedSandbox } from '../support/sharedSandbox';
import { resume, settingsWith } from '../support/world';

const NODES = ['node-1', 'node-2', 'node-3'];
const REASON = ['--reason', 'the queue was enlarged'];

describe('npm run resume', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await sharedSandbox();
  });
  beforeEach(() => makeLive(sandbox, 10));
  afterEach(() => sandbox.kubectl(['uncordon', ...NODES]));
  after(() => makeLive(sandbox, 0, { enabled: false }));

  /** A run that must succeed. @returns what it printed */
  async function resumed(): Promise<string> {
    const { code, stdout, stderr } = await resume(sandbox, [...REASON, '--yes']);
    assert.equal(code, 0, stdout + stderr);
    await assertServes(sandbox, 0, false);
    assert.deepEqual(await wiring(sandbox), WIRED);
    const { move } = await template(sandbox);
    const { lastMove, ...rest } = await ledger(sandbox);
    assert.deepEqual(rest, { version: 1, permitted: 0 });
    const { number, percent, enabled, direction } = lastMove!;
    assert.deepEqual([String(number), percent, enabled, direction], [move, 0, false, 'down']);
    for (const name of ['denis', 'denis-workers']) {
      const { annotations, managedFields } = (await deployment(sandbox, name)).metadata;
      assert.equal(annotations?.[LATCH], undefined);
      const owners = managedFields?.map(({ manager }) => manager) ?? [];
      assert.ok(!owners.includes('denis-kill') && !owners.includes('denis-resume'), owners.join(', '));
    }
    for (const { name, ip } of await rolledOut(sandbox)) assert.equal(await wasTold(sandbox, ip), false, name);
    return stdout;
  }

  it('clears the whole of an emergency kill, and only canary-1 may follow, with a baseline of its own', async () => {
    await killed(sandbox, latchOf('eva@host', { workers: 3 }));
    await patchAsKill(sandbox, 'denis-workers', { spec: { replicas: 0 } });
    const printed = await resumed();
    assert.match(printed, /^Deployment denis in namespace denis of context denis-sandbox is off:$/m);
    assert.match(printed, /^ {2}latched by eva@host at .*: a test of kills$/m);
    assert.match(printed, /^ {2}the Redis flag is 0$/m);
    assert.match(printed, /^ {2}the workers were scaled to 0$/m);
    assert.match(printed, /^Resumed by .* at .*: the queue was enlarged\. The feature is off at 0 %\.$/m);
    assert.equal(await workers(sandbox), 3);

    const skipped = await refusedUp(sandbox, 'canary-10');
    assert.match(skipped.output, /canary-10 skips a phase: after 0 % comes canary-1/);
    const since = new Date().toISOString();
    // Half a minute of samples is a baseline then.
    await up(sandbox, 'canary-1', { settings: settingsWith(sandbox, 'new-baseline', { timeScale: 120 }) });
    await assertServes(sandbox, 1, true);
    const { permitted, rollout, baseline } = await ledger(sandbox);
    assert.equal(permitted, 1);
    assert.ok(rollout !== undefined && rollout.id !== 'test' && rollout.startedAt >= since);
    assert.ok(baseline !== undefined && baseline.measuredAt >= since, JSON.stringify(baseline));
  });

  const byHand: [string, () => Promise<unknown>, RegExp][] = [
    ['the flag', () => setFlag(sandbox, '0'), /^ {2}the Redis flag is 0\n[\s\S]*^ {2}the Redis flag is deleted$/m],
    [
      'the environment',
      () => kubectl(sandbox, ['set', 'env', 'deployment/denis', 'DENIS_MATERIALIZERS_ENABLED=false']),
      /^ {2}ENABLED was set to false by hand\n[\s\S]*^ {2}the variables read the annotations again$/m,
    ],
    [
      'the API of one pod',
      async () => tell(sandbox, (await rolledOut(sandbox))[0]!.ip),
      /^ {2}pod denis-\S+ was told to stop through the API\n[\s\S]*^ {2}no pod is told to stop$/m,
    ],
    [
      'the workers',
      () => kubectl(sandbox, ['scale', 'deployment/denis-workers', '--replicas=0']),
      /^ {2}the workers were scaled to 0\n[\s\S]*^ {2}the workers stay at 0, .*kubectl scale deployment\/denis-workers/m,
    ],
  ];
  for (const [title, kill, said] of byHand) {
    it(`clears a kill by hand: ${title}`, async () => {
      await kill();
      assert.match(await resumed(), said);
    });
  }

  it('clears a kill that told every pod and wrote nothing but its latch', async () => {
    await toldToStop(sandbox, latchOf('eva@host'));
    await resumed();
  });

  it('shows what is off, and writes nothing while nobody is there to agree', async () => {
    await killed(sandbox, latchOf('eva@host'));
    const since = await mark(sandbox);
    const { code, stdout, stderr } = await resume(sandbox, REASON);
    assert.equal(code, 2, stdout);
    assert.match(stdout, /latched by eva@host/);
    assert.equal(stderr, 'nobody is there to agree: run this in a terminal, or add --yes\n');
    await assertNoWrite(sandbox, since);
  });

  it('refuses without a reason, where nothing is off, and on another cluster', async () => {
    const since = await mark(sandbox);
    const none = await resume(sandbox, ['--yes']);
    assert.deepEqual([none.code, none.stderr], [2, "error: required option '--reason <text>' not specified\n"]);
    assert.equal((await resume(sandbox, ['--yes', '--reason', ' '])).code, 2);
    const on = await resume(sandbox, [...REASON, '--yes']);
    assert.equal(on.code, 1);
    assert.equal(on.stderr, 'nothing is off: no latch, no variable set by hand, no switch\n');
    const elsewhere = settingsWith(sandbox, 'elsewhere', { clusterUid: 'another' });
    const wrong = await resume(sandbox, [...REASON, '--yes'], { PULUMI_OPTION_CONFIG_FILE: elsewhere });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /is another cluster than the settings name/);
    await assertNoWrite(sandbox, since);
  });

  it('leaves the latch while Redis is down, and a second run completes', async () => {
    const latch = latchOf('eva@host');
    await killed(sandbox, latch);
    await sandbox.redis.stop();
    try {
      const { code, stderr } = await resume(sandbox, [...REASON, '--yes']);
      assert.equal(code, 1);
      assert.match(stderr, /^Redis: .*\ndone: .*\nnot done: the Redis flag; /);
      assert.match(stderr, /Once the cause is known, run npm run resume again: it goes on with what is left\.$/m);
    } finally {
      await sandbox.redis.start();
    }
    assert.deepEqual((await ledger(sandbox)).latch, latch);
    assert.equal((await deployment(sandbox, 'denis')).metadata.annotations?.[LATCH], JSON.stringify(latch));
    await setFlag(sandbox, '0');
    await resumed();
  });

  it('gives way to a kill that comes while its pods roll out', async () => {
    await killed(sandbox, latchOf('eva@host'));
    await rolledOut(sandbox);
    await sandbox.kubectl(['cordon', ...NODES]);
    const since = await mark(sandbox);
    const running = resume(sandbox, [...REASON, '--yes']);
    const wrote = async () =>
      (await writesSince(sandbox, since)).map(named).includes('patch deployments/denis denis-resume 200') || undefined;
    await waitFor(wrote, { what: 'the first write of the resume', deadlineMs: 20_000 });
    const again = latchOf('leo@host');
    await killed(sandbox, again);
    await sandbox.kubectl(['uncordon', ...NODES]);
    const { code, stderr } = await running;
    assert.equal(code, 1);
    assert.match(stderr, /somebody wrote after it/);
    assert.deepEqual((await ledger(sandbox)).latch, again);
    assert.equal((await template(sandbox)).enabled, 'false');
    await resumed();
  });
});
