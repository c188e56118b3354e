import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';
import { assertNoDeploymentWrite, mark, named, writesSince } from '../support/audit';
import { assertServes, ledger, makeLive, rolledOut, template, workers } from '../support/cluster';
import { up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { settingsWith } from '../support/world';

describe('lowering', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await sharedSandbox();
    await makeLive(sandbox, 1);
    // The stack knows 1 % as its own last state: the engine sees nothing to do.
    await up(sandbox, 'canary-1');
  });

  it('reaches the cluster with --refresh=false too, though the stack itself has not changed', async () => {
    await makeLive(sandbox, 10);
    const since = await mark(sandbox);
    await up(sandbox, 'canary-1', {}, '--refresh=false');
    await assertServes(sandbox, 1, true);
    assert.equal((await ledger(sandbox)).permitted, 1);
    const written = (await writesSince(sandbox, since)).map(named);
    assert.ok(written.includes('patch deployments/denis denis-rollout 200'), written.join('\n'));
  });

  it('needs neither Prometheus nor Redis, and never raises the workers', async () => {
    await makeLive(sandbox, 10, { workers: 1 });
    await sandbox.prometheus.stop();
    await sandbox.redis.stop();
    try {
      await up(sandbox, 'canary-1');
      await assertServes(sandbox, 1, true);
      assert.equal(await workers(sandbox), 1);
      assert.equal((await ledger(sandbox)).permitted, 1);
    } finally {
      await sandbox.redis.start();
      await sandbox.prometheus.start();
    }
  });

  it('needs no setting beyond those of the cluster', async () => {
    await makeLive(sandbox, 10);
    const broken = {
      prometheus: 'nonsense',
      redis: undefined,
      chat: undefined,
      timezone: 'Atlantis/Centre',
      typo: true,
    };
    await up(sandbox, 'canary-1', { pack: true, settings: settingsWith(sandbox, 'broken', broken) });
    await assertServes(sandbox, 1, true);
  });

  it('turns the feature off where no pod says whether it was told to stop', async () => {
    await makeLive(sandbox, 10);
    await sandbox.denis.stop();
    try {
      await up(sandbox, 'canary-1');
      const { pct, enabled } = await template(sandbox);
      assert.deepEqual([pct, enabled], ['1', 'false']);
    } finally {
      await sandbox.denis.start();
    }
    await assertServes(sandbox, 1, false);
  });

  it('turns the feature off with canary:enabled false from any stack, and a second time writes no Deployment', async () => {
    await makeLive(sandbox, 10);
    const settings = settingsWith(sandbox, 'off', { enabled: false });
    await up(sandbox, 'canary-1', { settings });
    assert.equal((await template(sandbox)).enabled, 'false');
    await assertServes(sandbox, 1, false);
    assert.equal((await ledger(sandbox)).permitted, 0);

    const before = await rolledOut(sandbox);
    const since = await mark(sandbox);
    await up(sandbox, 'canary-1', { settings });
    await assertNoDeploymentWrite(sandbox, since);
    assert.deepEqual(
      (await rolledOut(sandbox)).map(({ name }) => name),
      before.map(({ name }) => name),
    );
  });
});
