import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';
import { jsonOf } from '../../sandbox/support/world';
import { assertNoWrite, mark, named, writesSince } from '../support/audit';
import { assertServes, kubectl, makeLive, WIRED, wiring } from '../support/cluster';
import { refusedUp, up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { settingsWith } from '../support/world';

describe('what others set on the cluster', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await sharedSandbox();
  });

  it('25 % by hand refuses every up and says ROLLBACK; a lowering move takes it back and repairs the wiring', async () => {
    await makeLive(sandbox, 1);
    await kubectl(sandbox, ['set', 'env', 'deployment/denis', 'DENIS_MATERIALIZERS_PCT=25']);
    await kubectl(sandbox, ['rollout', 'status', 'deployment/denis', '--timeout=20s']);
    const since = await mark(sandbox);
    const runs = await Promise.all([
      refusedUp(sandbox, 'canary-50', { pack: true }),
      refusedUp(sandbox, 'canary-100', { pack: false }),
    ]);
    for (const { output } of runs) {
      assert.match(output, /ROLLBACK +25 % is live, but only 1 % was ever permitted/);
      assert.match(output, /refused: 25 % is no phase of the plan/);
    }
    await assertNoWrite(sandbox, since);

    await up(sandbox, 'canary-1');
    assert.deepEqual(await wiring(sandbox), WIRED);
    await assertServes(sandbox, 1, true);
  });

  it('an autoscaler of the workers gets the floor as its bounds, and their replicas stay its own', async () => {
    interface Autoscaler {
      spec: { minReplicas: number; maxReplicas: number };
    }
    const bounds = async (): Promise<number[]> => {
      const { spec } = await jsonOf<Autoscaler>(sandbox, ['-n', 'denis', 'get', 'hpa', 'denis-workers']);
      return [spec.minReplicas, spec.maxReplicas];
    };
    await makeLive(sandbox, 0, { enabled: false, workers: 1 });
    await kubectl(sandbox, ['autoscale', 'deployment/denis-workers', '--min=1', '--max=1', '--cpu=80%']);
    try {
      const since = await mark(sandbox);
      // Time runs so slowly that no sample is stale before the `up` has read it.
      await up(sandbox, 'canary-1', { settings: settingsWith(sandbox, 'raising', { timeScale: 4 }) });
      assert.deepEqual(await bounds(), [2, 2]);
      await assertServes(sandbox, 1, true);
      await up(sandbox, 'canary-1', { settings: settingsWith(sandbox, 'off', { enabled: false }) });
      assert.deepEqual(await bounds(), [2, 2]);
      const written = (await writesSince(sandbox, since)).filter(
        ({ objectRef }) => objectRef?.name === 'denis-workers',
      );
      assert.ok(written.length > 0);
      for (const entry of written) assert.equal(entry.objectRef?.resource, 'horizontalpodautoscalers', named(entry));
    } finally {
      await kubectl(sandbox, ['delete', 'hpa/denis-workers']);
    }
  });
});
