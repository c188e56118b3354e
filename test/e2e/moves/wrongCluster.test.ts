import assert from 'node:assert/strict';
import { type Sandbox, startSandbox } from '../../../sandbox/index';
import { assertNoWrite, mark } from '../support/audit';
import { makeLive } from '../support/cluster';
import { pulumi, up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';

describe('another cluster under the same context name', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let other: Sandbox;

  before(async () => {
    [sandbox, other] = await Promise.all([sharedSandbox(), startSandbox()]);
    await makeLive(sandbox, 1);
    await up(sandbox, 'canary-1');
  });
  after(() => other?.stop());

  it('is refused by preview and update, with the pack and without; nothing is written in either', async () => {
    assert.equal(other.info.context, sandbox.info.context);
    const marks = [await mark(sandbox), await mark(other)] as const;
    const { kubeconfig } = other.info;
    for (const pack of [true, false]) {
      const runs = await Promise.all([
        pulumi(sandbox, ['up', '--yes', '--skip-preview', '--stack', 'canary-1'], { pack, kubeconfig }),
        pulumi(sandbox, ['preview', '--stack', 'canary-10'], { pack, kubeconfig }),
      ]);
      for (const { code, output } of runs) {
        assert.notEqual(code, 0, output);
        assert.match(output, /context denis-sandbox is another cluster than the settings name/);
      }
    }
    await assertNoWrite(sandbox, marks[0]);
    await assertNoWrite(other, marks[1]);
  });
});
