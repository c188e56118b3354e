import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import type { CommandResult } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { type Loopback, nobodyAt, serve } from '../../observe/support/loopback';
import { kubectl, ledger, makeLive, scraped } from '../support/cluster';
import { sharedSandbox } from '../support/sharedSandbox';
import { evidenceIn, noWatcher, type RunningWatcher, startWatcher } from '../support/watch';
import { npmRun, settingsWith } from '../support/world';

const TITLE = 'Materializers 100% rollout complete';
/** A window of 144 s with a digest every 8 s, and one of 18 s: what must come before its end, and what after. */
const SLOW = { timeScale: 1_800 };
const FAST = { timeScale: 14_400 };

describe('npm run validate', function () {
  this.timeout(180_000);
  let sandbox: Sandbox;
  let slack: Loopback;
  let taken = true;
  let watcher: RunningWatcher | undefined;

  before(async () => {
    sandbox = await sharedSandbox();
    await noWatcher(sandbox);
    slack = await serve((_, response: ServerResponse) => response.writeHead(taken ? 200 : 404).end('ok'));
    await makeLive(sandbox, 100, { workers: 10 });
    await scraped(sandbox);
  });
  after(async () => {
    await watcher?.stop();
    await slack?.close();
    await makeLive(sandbox, 0, { enabled: false });
  });

  const journal = (): string => `${sandbox.info.folder}/journal-validate`;
  const env = (name: string, changes: Readonly<Record<string, unknown>>) => ({
    PULUMI_OPTION_CONFIG_FILE: settingsWith(sandbox, `validate-${name}`, {
      journal: journal(),
      notify: JSON.stringify({ slack: `${slack.origin}/hook` }),
      ...changes,
    }),
  });
  const validate = (args: readonly string[] = [], own = env('fast', FAST)): Promise<CommandResult> =>
    npmRun(sandbox, 'validate', args, own);
  const told = (title: string): number => slack.received.filter(({ body }) => body.includes(title)).length;
  const complete = async (): Promise<Record<string, unknown> | undefined> => (await ledger(sandbox)).complete;

  it('says not yet while the window runs, and what does not answer, and tells nobody', async () => {
    const early = await validate(['--json'], env('slow', SLOW));
    assert.equal(early.code, 10, early.stdout + early.stderr);
    const { validated, verdict, lines, told: news } = JSON.parse(early.stdout);
    assert.deepEqual([validated, verdict, news], [false, 'MONITOR', null]);
    const of = (id: string) => lines.find((line: { id: string }) => line.id === id);
    assert.equal(of('verdict').result, 'not yet');
    assert.deepEqual([of('exposure').result, of('workers').result, of('latch').result], ['pass', 'pass', 'pass']);
    assert.equal(of('graph').result, 'not configured');
    const silent = await validate([], env('silent', { prometheus: await nobodyAt() }));
    assert.equal(silent.code, 3, silent.stdout + silent.stderr);
    assert.equal((await validate(['--stack', 'canary-10'])).code, 2);
    assert.equal(told(TITLE), 0);
    assert.equal(await complete(), undefined);
  });

  it('comes after digests, with a picture in the journal and on the page of the watcher', async () => {
    watcher = startWatcher(sandbox, env('slow', SLOW));
    const pictures = (): string[] => readdirSync(journal()).filter((name) => /^digest-.*\.svg$/.test(name));
    const named = (): boolean => slack.received.some(({ body }) => pictures().some((name) => body.includes(name)));
    await waitFor(async () => named() || undefined, { what: 'a digest with a picture', deadlineMs: 60_000 });
    const response = await fetch(`${await watcher.url()}/digest.svg`, { signal: AbortSignal.timeout(5_000) });
    assert.equal(response.headers.get('content-type'), 'image/svg+xml; charset=utf-8');
    assert.match(await response.text(), /<svg .*canary-100.*<\/svg>/s);
    await watcher.stop();
    assert.ok(told('72 h watch') > 0);
    assert.equal(told(TITLE), 0);
  });

  it('tells it once, beside a watcher and another validation', async () => {
    watcher = startWatcher(sandbox, env('fast', FAST));
    const both = await waitFor(
      async () => {
        const results = await Promise.all([validate(), validate()]);
        return results.every(({ code }) => code === 0) ? results : undefined;
      },
      { what: 'both to validate', deadlineMs: 90_000 },
    );
    for (const { stdout } of both) assert.match(stdout, /^canary-100 {3}VALIDATED {3}COMPLETE: /);
    await watcher.said(/the rollout is complete/);
    await waitFor(async () => (await complete())?.['told'], { what: 'the ledger to say so', deadlineMs: 30_000 });
    const again = await validate();
    assert.match(again.stdout, /"Materializers 100% rollout complete": it was told at /);
    assert.equal(told(TITLE), 1);
    const records = evidenceIn(journal());
    assert.equal(records.filter(({ kind }) => kind === 'complete').length, 1);
    assert.ok(records.some(({ kind, by }) => kind === 'decision' && by === 'validate'));
  });

  it('is told to no other by a watcher that knows nothing of it', async () => {
    await watcher!.stop();
    await noWatcher(sandbox);
    watcher = startWatcher(sandbox, env('fast', FAST));
    await watcher.said(/"Materializers 100% rollout complete": it was told at /);
    assert.equal(told(TITLE), 1);
    await watcher.stop();
  });

  it('says that it did not arrive, and tells it the next time', async () => {
    const { complete: _, ...before } = await ledger(sandbox);
    const patch = JSON.stringify({ data: { 'ledger.json': JSON.stringify(before) } });
    await kubectl(sandbox, ['patch', 'configmap/denis-canary', '--type=merge', '--patch', patch]);
    const messages = told(TITLE);
    taken = false;
    const lost = await validate();
    taken = true;
    assert.equal(lost.code, 0, lost.stdout + lost.stderr);
    assert.match(lost.stderr, /not told to Slack: .*404/);
    assert.match(lost.stdout, /it did not arrive; the next validation tells it/);
    assert.ok((await complete())?.['validated']);
    const refused = told(TITLE) - messages;
    const next = await validate();
    assert.match(next.stdout, /"Materializers 100% rollout complete": told$/m);
    assert.equal(told(TITLE), messages + refused + 1);
  });
});
