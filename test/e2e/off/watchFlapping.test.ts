import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { assertServes, ledger, makeLive, scraped, template } from '../support/cluster';
import { type Flapping, flap } from '../support/flapping';
import { latchOf } from '../support/kill';
import { sharedSandbox } from '../support/sharedSandbox';
import { noWatcher, type RunningWatcher, rollbacksIn, startWatcher } from '../support/watch';
import { settingsWith } from '../support/world';

/** Eight ticks. ms */
const A_WHILE = 80_000;

describe('a watcher whose sources come and go', function () {
  this.timeout(400_000);
  let sandbox: Sandbox;
  let flapping: Flapping | undefined;
  let watcher: RunningWatcher | undefined;

  before(async () => {
    sandbox = await sharedSandbox();
  });
  after(async () => {
    await flapping?.stop();
    await sandbox.scenario('healthy');
    await watcher?.stop();
    await Promise.all([flapping?.prometheus.close(), flapping?.slack.close()]);
    await makeLive(sandbox, 0, { enabled: false });
  });

  it('takes nothing back while Denis is well, and takes back once, whole and told, when it is not', async () => {
    await noWatcher(sandbox);
    await makeLive(sandbox, 10);
    await scraped(sandbox);
    flapping = await flap(sandbox);
    const { prometheus, slack, delivered, outages } = flapping;
    const journal = `${sandbox.info.folder}/journal-flapping`;
    const settings = settingsWith(sandbox, 'flapping', {
      journal,
      prometheus: prometheus.origin,
      notify: JSON.stringify({ slack: `${slack.origin}/hook` }),
    });
    watcher = startWatcher(sandbox, { PULUMI_OPTION_CONFIG_FILE: settings });
    await watcher.said(/ leads$/m);
    await pause(A_WHILE);
    assert.deepEqual(rollbacksIn(journal), [], watcher.output());
    assert.doesNotMatch(watcher.output(), /ROLLBACK|EMERGENCY|completes a kill/);
    assert.match(watcher.output(), /warning: blind/);

    await sandbox.scenario('failing-jobs', { rate: 0.3 });
    await watcher.said(/page: ROLLBACK: success rate < 93 %/, 120_000);
    await watcher.said(/off and latched \d+ s after it began/, 120_000);
    for (const [source, times] of Object.entries(outages)) assert.ok(times > 0, `${source} never failed`);
    await flapping.stop();
    await sandbox.scenario('healthy');
    await watcher.said(/the feature is off and Denis is well/, 90_000);

    await assertServes(sandbox, 10, false);
    assert.equal((await template(sandbox)).enabled, 'false');
    assert.equal((await ledger(sandbox)).permitted, 0);
    assert.match((await latchOf(sandbox))!.reason, /^ROLLBACK: success rate < 93 % /);
    assert.equal(rollbacksIn(journal).length, 1);
    assert.equal(watcher.output().match(/page: ROLLBACK/g)?.length, 1);
    for (const what of [/ROLLBACK/, /Denis is well/]) {
      await waitFor(async () => delivered.some((message) => what.test(message)) || undefined, {
        what: `Slack to take ${what}`,
        deadlineMs: 60_000,
      });
    }
  });
});
