import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { type Loopback, serve } from '../../observe/support/loopback';
import { assertServes, ledger, makeLive, scraped, setFlag, template, workers } from '../support/cluster';
import { latchOf } from '../support/kill';
import { sharedSandbox } from '../support/sharedSandbox';
import { evidenceIn, noWatcher, type RunningWatcher, rollbacksIn, startWatcher, watcherLease } from '../support/watch';
import { settingsWith } from '../support/world';

describe('npm run watch', function () {
  this.timeout(150_000);
  let sandbox: Sandbox;
  const running: RunningWatcher[] = [];
  const start = (...args: Parameters<typeof startWatcher> extends [unknown, ...infer Rest] ? Rest : never) => {
    const watcher = startWatcher(sandbox, ...args);
    running.push(watcher);
    return watcher;
  };

  before(async () => {
    sandbox = await sharedSandbox();
  });
  beforeEach(() => noWatcher(sandbox));
  afterEach(async () => {
    await sandbox.scenario('healthy');
    await Promise.all(running.splice(0).map((watcher) => watcher.stop()));
  });
  after(() => makeLive(sandbox, 0, { enabled: false }));

  /** The settings with a journal of this test alone, and what else is changed. */
  function settingsOf(name: string, changes: Readonly<Record<string, unknown>> = {}) {
    const journal = `${sandbox.info.folder}/journal-${name}`;
    return { journal, env: { PULUMI_OPTION_CONFIG_FILE: settingsWith(sandbox, name, { ...changes, journal }) } };
  }

  async function page(watcher: RunningWatcher, path: string): Promise<{ status: number; text: string }> {
    const response = await fetch(`${await watcher.url()}${path}`, { signal: AbortSignal.timeout(5_000) });
    return { status: response.status, text: await response.text() };
  }

  describe('alive', () => {
    it('holds the Lease, and serves health, metrics and the page of what is live', async () => {
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const watcher = start();
      await watcher.said(/ leads$/m);
      const lease = await watcherLease(sandbox);
      assert.ok(lease !== undefined && lease.holder !== '' && lease.age < 60, JSON.stringify(lease));
      await waitFor(async () => (await page(watcher, '/healthz')).status === 200 || undefined, {
        what: 'health',
        deadlineMs: 15_000,
      });
      const metrics = (await page(watcher, '/metrics')).text;
      assert.match(metrics, /^denis_canary_watcher_leads 1$/m);
      assert.match(metrics, /^denis_canary_watcher_live_exposure_percent 10$/m);
      const shown = (await page(watcher, '/')).text;
      assert.match(shown, /canary-10/);
      assert.match(shown, /success rate/);
    });

    it('lets one of two lead; the other takes over at once from one that stops, and within 40 s from one that dies', async () => {
      await makeLive(sandbox, 0, { enabled: false });
      const first = start();
      await first.said(/ leads$/m);
      const second = start();
      await second.said(/page at/);
      first.signal('SIGTERM');
      assert.equal((await first.ended).code, 0);
      assert.match(first.output(), /SIGTERM: stopping after this tick.*\n(.*\n)*.* stopped$/m);
      await second.said(/ leads$/m, 20_000);
      const third = start();
      await third.said(/page at/);
      second.signal('SIGKILL');
      await second.ended;
      await third.said(/has not renewed the Lease: taking over/, 50_000);
      await third.said(/ leads$/m);
      assert.ok((await watcherLease(sandbox))!.age < 20);
    });

    it('ends at once at a second signal, with exit code 130, and says what it could not begin with', async () => {
      const hung = start({ PULUMI_OPTION_CONFIG_FILE: settingsWith(sandbox, 'hung', { chat: 'http://127.0.0.1:1/' }) });
      await hung.said(/ leads$/m);
      hung.signal('SIGINT');
      await hung.said(/SIGINT: stopping/);
      // Sooner it would be the first one, handed on.
      await pause(600);
      hung.signal('SIGINT');
      const { code } = await hung.ended;
      assert.ok(code === 130 || code === 0, String(code));
      const wrong = await start({}, ['--stack', 'canary-11']).ended;
      assert.equal(wrong.code, 2, wrong.output);
      const taken = await start({}, ['--port', new URL(sandbox.info.denis).port]).ended;
      assert.equal(taken.code, 1, taken.output);
      assert.match(taken.output, /cannot serve the page at/);
    });
  });

  describe('acts', () => {
    let slack: Loopback;
    /** Says too much at first, then garbage, then takes everything. */
    const answers = [429, 500, 200];
    before(async () => {
      let asked = 0;
      slack = await serve((_, response) => {
        const status = answers[Math.min(asked++, answers.length - 1)]!;
        response.writeHead(status, status === 429 ? { 'retry-after': '1' } : {});
        response.end(status === 500 ? '\u0000<garbage' : 'ok');
      });
    });
    after(() => slack.close());

    it('rolls back once when jobs fail, confirmed, recovered, told in Slack though that stumbles', async () => {
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const { journal, env } = settingsOf('failing', { notify: JSON.stringify({ slack: `${slack.origin}/hook` }) });
      const watcher = start(env);
      await watcher.said(/ leads$/m);
      await sandbox.scenario('failing-jobs', { rate: 0.3 });
      await watcher.said(/page: ROLLBACK: success rate < 93 %/);
      await watcher.said(/off and latched \d+ s after it began/);
      await sandbox.scenario('healthy');
      await assertServes(sandbox, 10, false);
      assert.equal((await ledger(sandbox)).permitted, 0);
      assert.match((await latchOf(sandbox))!.reason, /^ROLLBACK: success rate < 93 % /);
      await watcher.said(/the feature is off and Denis is well/, 90_000);
      assert.equal(rollbacksIn(journal).length, 1);
      assert.equal(rollbacksIn(journal)[0]!.rule, 'rule:success-below');
      assert.ok((await watcherLease(sandbox))!.status?.incident?.killedAt);
      await waitFor(async () => slack.received.some(({ body }) => /Denis is well/.test(body)) || undefined, {
        what: 'Slack to hear of the recovery',
        deadlineMs: 30_000,
      });
      const told = slack.received.filter(
        ({ body }) => /ROLLBACK/.test(body) && /success rate &lt; 93 %|success rate < 93 %/.test(body),
      );
      assert.ok(told.length >= 1, JSON.stringify(slack.received.map(({ body }) => body.slice(0, 200))));
      assert.doesNotMatch(watcher.output(), /hook/);
    });

    it('stops the workers too in an emergency, with Redis down', async () => {
      await makeLive(sandbox, 100, { workers: 10 });
      await scraped(sandbox);
      const { journal, env } = settingsOf('emergency');
      const watcher = start(env);
      await watcher.said(/ leads$/m);
      await sandbox.redis.stop();
      try {
        await sandbox.scenario('global-errors', { rate: 0.2 });
        await watcher.said(/page: EMERGENCY: /);
        await watcher.said(/off and latched \d+ s after it began/);
        await assertServes(sandbox, 100, false);
        assert.equal(await workers(sandbox), 0);
        assert.equal((await latchOf(sandbox))?.workers, 10);
        assert.equal(rollbacksIn(journal).length, 1);
      } finally {
        await sandbox.redis.start();
      }
    });

    it('sees a worker that was killed for its memory, once', async () => {
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const { env } = settingsOf('oom');
      const watcher = start(env);
      await watcher.said(/ leads$/m);
      await sandbox.scenario('worker-oom');
      await watcher.said(/ROLLBACK: .*OOM/i);
      await watcher.said(/off and latched \d+ s after it began/);
      assert.match((await page(watcher, '/metrics')).text, /^denis_canary_worker_oom_total [1-9]/m);
    });

    it('takes back for /chat alone, by its own probes, while all metrics are well', async () => {
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const watcher = start(settingsOf('chat-down', { chat: 'http://127.0.0.1:1/chat' }).env);
      await watcher.said(/warning: \/chat down for 1 of 3 probes: then ROLLBACK/);
      await watcher.said(/page: ROLLBACK: \/chat down for 3 probes in a row/);
      await watcher.said(/off and latched \d+ s after it began/);
      assert.equal((await template(sandbox)).enabled, 'false');
      assert.match((await page(watcher, '/metrics')).text, /^denis_canary_chat_probe_up 0$/m);
    });

    it('completes a kill by hand, and takes back what nobody permitted', async () => {
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const { env } = settingsOf('by-hand');
      const watcher = start(env);
      await watcher.said(/ leads$/m);
      await setFlag(sandbox, '0');
      await watcher.said(/completes a kill/);
      await waitFor(async () => (await template(sandbox)).enabled === 'false' || undefined, {
        what: 'the kill to be whole',
        deadlineMs: 30_000,
      });
      assert.match((await latchOf(sandbox))!.reason, /completes a kill/);
    });
  });

  describe('blind', () => {
    it('keeps the phase and its Lease while Prometheus hangs, says so once, pages, and sees again', async () => {
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const { journal, env } = settingsOf('blind');
      const watcher = start(env);
      await watcher.said(/ leads$/m);
      const prometheus = sandbox.info.pids['prometheus']!;
      process.kill(prometheus, 'SIGSTOP');
      try {
        await watcher.said(/warning: blind, the phase stays as it is: /);
        await watcher.said(/page: still blind: /);
        assert.equal((await page(watcher, '/healthz')).status, 200);
        assert.equal((await template(sandbox)).enabled, 'true');
        assert.ok((await watcherLease(sandbox))!.age < 30);
      } finally {
        process.kill(prometheus, 'SIGCONT');
      }
      await watcher.said(/everything can be judged again/, 90_000);
      assert.equal(watcher.output().match(/warning: blind/g)?.length, 1);
      assert.deepEqual(rollbacksIn(journal), []);
      assert.equal((await template(sandbox)).enabled, 'true');
    });

    it('lives through an API server that is away, and acts when it is back', async () => {
      await makeLive(sandbox, 10);
      await scraped(sandbox);
      const { journal, env } = settingsOf('api-down');
      const watcher = start(env);
      await watcher.said(/ leads$/m);
      await sandbox.apiServer.stop();
      try {
        await watcher.said(/heartbeat: Lease denis-canary-watcher cannot be read/);
        await watcher.said(/warning: blind/);
        await sandbox.scenario('failing-jobs', { rate: 0.3 });
      } finally {
        await sandbox.apiServer.start();
      }
      await watcher.said(/heartbeat: well again/);
      await watcher.said(/off and latched \d+ s after it began/, 90_000);
      await assertServes(sandbox, 10, false);
      assert.equal(rollbacksIn(journal).length, 1);
      assert.ok(evidenceIn(journal).some(({ kind, by }) => kind === 'decision' && by === 'watcher'));
    });
  });
});
