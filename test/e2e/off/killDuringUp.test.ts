import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { mark, named, writesSince } from '../support/audit';
import { deployment, kubectl, LATCH, makeLive, rolledOut, template, workers } from '../support/cluster';
import { HeldKubectl, type Moment } from '../support/heldKubectl';
import { type PulumiRun, type RunningPulumi, refusedUp, startUp } from '../support/pulumi';
import { killed, latchOf, patchAsKill, toldToStop, wasTold } from '../support/rawKill';
import { sharedSandbox } from '../support/sharedSandbox';
import { settingsWith } from '../support/world';

describe('a kill during an up', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  /** Time runs so slowly that no sample is stale before an `up` on a busy machine has read it. */
  let settings: string;

  before(async () => {
    sandbox = await sharedSandbox();
    settings = settingsWith(sandbox, 'raising', { timeScale: 4 });
  });
  beforeEach(async () => {
    // An up that the API server refused leaves its claim behind, for 30 s.
    await kubectl(sandbox, ['delete', 'lease/denis-canary-move', '--ignore-not-found']);
    await makeLive(sandbox, 0, { enabled: false, workers: 1 });
  });
  after(() => makeLive(sandbox, 0, { enabled: false }));

  /** Starts canary-1, kills while it is held, lets it go. */
  async function killAt(moment: Moment, kill: () => Promise<unknown>): Promise<PulumiRun> {
    const held = HeldKubectl.at(sandbox, moment);
    const running = startUp(sandbox, 'canary-1', { settings, programs: held.folder });
    try {
      await held.isReached(outputOf(running));
      await kill();
    } finally {
      held.letGo();
      await running.ended;
    }
    return running.ended;
  }

  function outputOf({ ended }: RunningPulumi): () => string | undefined {
    let output: string | undefined;
    void ended.then((run) => {
      output = run.output;
    });
    return () => output;
  }

  /** Nothing is served: the environment says off, or the pod was told. */
  async function assertOff(): Promise<void> {
    assert.notEqual((await deployment(sandbox, 'denis')).metadata.annotations?.[LATCH], undefined);
    for (const { name, ip, annotations } of await rolledOut(sandbox)) {
      assert.ok(annotations.enabled === 'false' || (await wasTold(sandbox, ip)), `${name} serves`);
    }
  }

  const whole = () => killed(sandbox, latchOf('eva@host'));
  const told = () => toldToStop(sandbox, latchOf('eva@host'));
  const WHOLE = 'a whole kill';
  const TOLD = 'a kill that told every pod and wrote nothing but its latch';
  const table: [Moment, string, string, () => Promise<void>][] = [
    ['before claim', 'before its claim', WHOLE, whole],
    ['after claim', 'after its claim', WHOLE, whole],
    ['after ledger', 'after its ledger', TOLD, told],
    ['before first look', 'after its workers', WHOLE, whole],
    ['before first look', 'after its workers', TOLD, told],
    ['after first look', 'right before its exposure', WHOLE, whole],
    ['after first look', 'right before its exposure', TOLD, told],
    ['before second look', 'after its exposure', WHOLE, whole],
    ['before second look', 'after its exposure', TOLD, told],
    ['after second look', 'while it confirms its exposure', TOLD, told],
  ];
  for (const [moment, title, kind, kill] of table) {
    it(`${title}, ${kind}: the up fails, and the feature stays off`, async () => {
      const { code, output } = await killAt(moment, kill);
      assert.notEqual(code, 0, output);
      assert.equal((await template(sandbox)).enabled, 'false', output);
      await assertOff();
    });
  }

  it('after it all, a kill that told every pod: the up has ended, the feature is off, a retry is refused', async () => {
    await killAt('before release', told);
    await assertOff();
    const retry = await refusedUp(sandbox, 'canary-1', { settings });
    assert.match(retry.output, /(REFUSED|refused:).*latched by eva@host/);
  });

  it('while old and new pods are mixed, a whole kill: the up fails, and the feature stays off', async () => {
    const since = await mark(sandbox);
    const running = startUp(sandbox, 'canary-1', { settings });
    const wrote = async () =>
      (await writesSince(sandbox, since)).map(named).includes('patch deployments/denis denis-rollout 200') || undefined;
    await waitFor(wrote, { what: 'the exposure', deadlineMs: 60_000, intervalMs: 50 });
    await whole();
    const { code, output } = await running.ended;
    assert.notEqual(code, 0, output);
    assert.equal((await template(sandbox)).enabled, 'false');
    await assertOff();
  });

  it('with the ledger deleted, the latch on the Deployment alone stops it', async () => {
    const { code, output } = await killAt('before first look', async () => {
      await killed(sandbox, latchOf('eva@host'));
      await kubectl(sandbox, ['delete', 'configmap/denis-canary']);
    });
    assert.notEqual(code, 0, output);
    assert.match(output, /nothing was raised: latched by eva@host/);
    await assertOff();
    assert.match((await refusedUp(sandbox, 'canary-1', { settings })).output, /latched by eva@host/);
  });

  it('an emergency kill before its workers: none is started, nothing is raised', async () => {
    const { code, output } = await killAt('after ledger', async () => {
      await killed(sandbox, latchOf('eva@host', { workers: 1 }));
      await patchAsKill(sandbox, 'denis-workers', { spec: { replicas: 0 } });
    });
    assert.notEqual(code, 0, output);
    assert.match(output, /conflict with "denis-kill"/);
    assert.equal(await workers(sandbox), 0);
    await assertOff();
  });

  it('an emergency kill where an autoscaler sets the workers: they stay at 0, nothing is raised', async () => {
    await kubectl(sandbox, ['autoscale', 'deployment/denis-workers', '--min=1', '--max=1', '--cpu=80%']);
    try {
      const { code, output } = await killAt('after ledger', async () => {
        await killed(sandbox, latchOf('eva@host', { workers: 1 }));
        await patchAsKill(sandbox, 'denis-workers', { spec: { replicas: 0 } });
      });
      assert.notEqual(code, 0, output);
      assert.match(output, /nothing was raised: latched by eva@host/);
      assert.equal(await workers(sandbox), 0);
      await assertOff();
    } finally {
      await kubectl(sandbox, ['delete', 'hpa/denis-workers']);
    }
  });
});
