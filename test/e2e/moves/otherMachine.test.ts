import assert from 'node:assert/strict';
import { copyFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from '../../../sandbox/index';
import { assertServes, makeLive } from '../support/cluster';
import { pulumi, up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';

describe('a rollout that two machines move, each with its kubeconfig elsewhere', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await sharedSandbox();
    await makeLive(sandbox, 10);
  });

  it('goes down from the one after the other has gone', async () => {
    const kubeconfig = path.join(sandbox.info.folder, 'kubeconfig-of-another-machine');
    copyFileSync(sandbox.info.kubeconfig, kubeconfig);
    await up(sandbox, 'canary-10', { kubeconfig });
    await up(sandbox, 'canary-1', { kubeconfig });
    rmSync(kubeconfig);

    const preview = await pulumi(sandbox, ['preview', '--stack', 'canary-1', '--expect-no-changes'], { pack: true });
    assert.equal(preview.code, 0, preview.output);
    await makeLive(sandbox, 10);
    await up(sandbox, 'canary-1', { pack: true });
    await assertServes(sandbox, 1, true);
  });

  it('keeps no path of a machine in the state', async () => {
    const { output } = await pulumi(sandbox, ['stack', 'export', '--stack', 'canary-1']);
    assert.match(output, /"kubeconfig": ""/);
    assert.ok(!output.includes(sandbox.info.kubeconfig));
  });
});
