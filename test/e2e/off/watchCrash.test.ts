import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';
import { assertServes, kubectl, ledger, makeLive, scraped } from '../support/cluster';
import { DeadlyKubectl, type Step } from '../support/deadlyKubectl';
import { latchOf } from '../support/kill';
import { sharedSandbox } from '../support/sharedSandbox';
import { noWatcher, type RunningWatcher, rollbacksIn, startWatcher, watcherLease } from '../support/watch';
import { settingsWith } from '../support/world';

describe('a watcher that dies in an incident', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  const running: RunningWatcher[] = [];
  before(async () => {
    sandbox = await sharedSandbox();
  });
  afterEach(async () => {
    await sandbox.scenario('healthy');
    await Promise.all(running.splice(0).map((watcher) => watcher.stop()));
  });
  after(() => makeLive(sandbox, 0, { enabled: false }));

  /** As if half a minute had passed: the Lease of the dead need not be waited for. */
  const later = (): Promise<unknown> => {
    const renewTime = new Date(Date.now() - 31_000).toISOString().replace('Z', '000Z');
    const patch = JSON.stringify({ spec: { renewTime } });
    return kubectl(sandbox, ['patch', 'lease/denis-canary-watcher', '--type=merge', '--patch', patch]);
  };

  const table: ['before' | 'after', Step, string][] = [
    ['before', 'incident', 'before it wrote the incident down'],
    ['after', 'incident', 'once it wrote the incident down, before any kill'],
    ['after', 'exposure', 'once the Deployment says off, before the ledger does'],
    ['before', 'record', 'before all of the rollback is written down'],
    ['after', 'record', 'once the rollback is written down, before it knows that it is confirmed'],
    ['after', 'confirmed', 'once it knows that it is confirmed'],
  ];
  for (const [moment, step, title] of table) {
    it(`${title}: the next one makes it whole, one rollback`, async () => {
      await noWatcher(sandbox);
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const name = `${moment}-${step}`;
      const journal = `${sandbox.info.folder}/journal-${name}`;
      const settings = settingsWith(sandbox, name, { journal });
      const deadly = DeadlyKubectl.at(sandbox, moment, step);
      const start = (): RunningWatcher => {
        const watcher = startWatcher(sandbox, {
          PULUMI_OPTION_CONFIG_FILE: settings,
          PATH: `${deadly.folder}:${sandbox.env['PATH']}`,
        });
        running.push(watcher);
        return watcher;
      };
      await sandbox.scenario('failing-jobs', { rate: 0.3 });
      const first = start();
      const died = await first.ended;
      assert.ok(deadly.hasStruck, died.output);
      assert.equal(died.code, null, died.output);
      await later();
      const second = start();
      await second.said(/taking over/);
      if (step !== 'confirmed') await second.said(/off and latched \d+ s after it began/);
      await assertServes(sandbox, 10, false);
      assert.match((await latchOf(sandbox))!.reason, /^ROLLBACK: success rate < 93 % /);
      assert.equal((await ledger(sandbox)).permitted, 0);
      assert.ok((await watcherLease(sandbox))!.status?.incident?.killedAt);
      assert.equal(rollbacksIn(journal).length, 1);
      const output = died.output + second.output();
      assert.match(output, /page: ROLLBACK: success rate < 93 %/);
      assert.match(output, /off and latched/);
    });
  }
});
