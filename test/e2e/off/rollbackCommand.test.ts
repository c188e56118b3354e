import assert from 'node:assert/strict';
import type { CommandResult } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { assertNoWrite, mark } from '../support/audit';
import { assertServes, ledger, makeLive, scraped, template, workers } from '../support/cluster';
import { latchOf } from '../support/kill';
import { sharedSandbox } from '../support/sharedSandbox';
import { rollback, settingsWith } from '../support/world';

describe('npm run rollback', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await sharedSandbox();
  });
  afterEach(() => sandbox.scenario('healthy'));
  after(() => makeLive(sandbox, 0, { enabled: false }));

  /** Asks, without agreeing, until the verdict is there; then agrees. */
  async function rolledBack(stack: string): Promise<CommandResult> {
    const until = Date.now() + 60_000;
    for (;;) {
      const asked = await rollback(sandbox, ['--stack', stack]);
      if (asked.code === 2 || Date.now() > until) {
        assert.equal(asked.stderr, 'nobody is there to agree: run this in a terminal, or add --yes\n', asked.stdout);
        assert.equal((await template(sandbox)).enabled, 'true', 'nothing was done yet');
        return rollback(sandbox, ['--stack', stack, '--yes']);
      }
    }
  }

  it('leaves what nothing speaks against, and never acts on missing data', async () => {
    await makeLive(sandbox, 10);
    await scraped(sandbox);
    const since = await mark(sandbox);
    const good = await rollback(sandbox, ['--stack', 'canary-10', '--yes']);
    assert.equal(good.code, 10, good.stdout + good.stderr);
    assert.match(good.stdout, /Nothing calls for a rollback\. To turn the feature off all the same: npm run kill/);
    const nowhere = settingsWith(sandbox, 'nowhere', { prometheus: 'http://127.0.0.1:1' });
    const blind = await rollback(sandbox, ['--stack', 'canary-10', '--yes'], { PULUMI_OPTION_CONFIG_FILE: nowhere });
    assert.equal(blind.code, 3, blind.stdout + blind.stderr);
    assert.equal((await rollback(sandbox, ['--yes'])).code, 2);
    await assertNoWrite(sandbox, since);
  });

  it('turns the feature off when too many jobs fail, and the latch names the rule', async () => {
    await makeLive(sandbox, 10);
    await sandbox.scenario('failing-jobs', { rate: 0.3 });
    const { code, stdout, stderr } = await rolledBack('canary-10');
    assert.ok(code === 0 || code === 4, stdout + stderr);
    assert.match(stdout, /^canary-10 {3}ROLLBACK {3}success rate < 93 % /);
    assert.match(stdout, /^Killing flag, api, environment: /m);
    assert.match((await latchOf(sandbox))?.reason ?? '', /^ROLLBACK, rule:\S+: success rate < 93 % for /);
    assert.equal((await ledger(sandbox)).permitted, 0);
    await assertServes(sandbox, 10, false);
    assert.equal(await workers(sandbox), 3);
  });

  it('stops the workers too in an emergency', async () => {
    await makeLive(sandbox, 100, { workers: 10 });
    await sandbox.scenario('global-errors', { rate: 0.2 });
    const { code, stdout, stderr } = await rolledBack('canary-100');
    assert.ok(code === 0 || code === 4, stdout + stderr);
    assert.match(stdout, /^Killing flag, api, environment, workers: /m);
    const latch = await latchOf(sandbox);
    assert.match(latch?.reason ?? '', /^EMERGENCY, rule:/);
    assert.equal(latch?.workers, 10);
    await assertServes(sandbox, 100, false);
    assert.equal(await workers(sandbox), 0);
  });
});
