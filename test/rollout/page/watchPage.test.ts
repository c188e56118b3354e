import assert from 'node:assert/strict';
import { unreadable } from '../../../rollout/cluster';
import { watchPage } from '../../../rollout/page/watchPage';
import { notConfigured, type SideCheck } from '../../../rollout/sideChecks';
import { assessment } from '../../support/assessments';
import { denisState, podState } from '../../support/clusterState';
import { NOON } from '../../support/healthyPhase';
import { HOSTILE, hostileView } from '../../support/hostile';
import { busyView, rolledBackView, viewOf, watchView } from '../../support/watchViews';

const textOf = (markup: string): string =>
  markup
    .replace(/<style>[\s\S]*?<\/style>|<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replace(/\s+/g, ' ');
const sectionOf = (markup: string, id: string): string =>
  new RegExp(`<section aria-labelledby="${id}">[\\s\\S]*?</section>`).exec(markup)?.[0] ?? '';

describe('rollout/page/watchPage', () => {
  const busy = watchPage(busyView());

  it('has the verdict as its one first heading and in its title', () => {
    assert.deepEqual(
      [...busy.matchAll(/<h1[^>]*>(.*?)<\/h1>/g)].map(([, word]) => word),
      ['HOLD'],
    );
    assert.match(busy, /<title>HOLD · canary-50 · denis-canary<\/title>/);
  });

  it('marks the live phase, what is below it, and how far the window is', () => {
    const ladder = sectionOf(busy, 'ladder');
    const steps = [...ladder.matchAll(/<li[\s\S]*?<\/li>/g)].map(([step]) => textOf(step).trim());
    assert.deepEqual(steps, [
      '1 % canary-1 passed',
      '10 % canary-10 passed',
      '50 % canary-50 live',
      '100 % canary-100',
    ]);
    assert.equal(ladder.match(/aria-current="step"/g)?.length, 1);
    assert.match(textOf(ladder), /50 % live, at most 50 % permitted .* window 30h57m of 48h00m /);
    assert.match(ladder, /class="part" width="64\.5"/);
  });

  it('marks no phase that is not live: between two, off, unknown', () => {
    for (const view of [
      watchView('canary-50', { live: 10, denis: denisState(25) }),
      rolledBackView(),
      watchView('canary-10', { live: 10, denis: denisState(10, { pods: [] }) }),
    ]) {
      assert.doesNotMatch(watchPage(view), /aria-current/);
    }
  });

  it('shows what was found beside the metrics as text, and no section where nothing was', () => {
    assert.equal(sectionOf(busy, 'sides'), '');
    const sides: SideCheck[] = [
      { id: 'a', title: 'load test', kind: 'hard', result: 'fail', sentence: '<img src=x> at last', at: NOON },
      notConfigured('b', 'graph', 'soft', 'graph'),
    ];
    const page = watchPage(viewOf({ ...assessment('canary-50', { live: 50 }), sides }));
    const section = sectionOf(page, 'sides');
    assert.doesNotMatch(section, /<img/);
    assert.match(textOf(section), /load test hard 0s ✕ fail <img src=x> at last graph soft – – not configured –/);
    assert.match(page, /<title>HOLD /);
  });

  it('has every check with its value, limit and course, and names a series without a course by nothing', () => {
    const checks = sectionOf(busy, 'checks');
    const rows = [...checks.matchAll(/<tr role="row">([\s\S]*?)<\/tr>/g)].map(([, row]) => textOf(row!).trim());
    assert.equal(rows[0], 'check value recent limit kind n age result last hour');
    assert.equal(rows.length, 9);
    assert.match(rows[1]!, /^success rate 98\.76 % 98\.75 % > 98 % hard \d+ 30s ✓ pass$/);
    assert.match(checks, /aria-label="from [\d.]+ % to [\d.]+ %, at last [\d.]+ %"/);
    assert.equal(checks.match(/class="limit"/g)?.length, 8);
    assert.doesNotMatch(sectionOf(watchPage({ ...busyView(), assessment: undefined } as never), 'checks'), /<svg/);
  });

  it('shows how long a rule holds of the time that it needs', () => {
    const rules = sectionOf(busy, 'rules');
    assert.match(textOf(rules), /queue depth > 500 620\.0 2m45s 10m00s ! violated/);
    assert.match(textOf(rules), /\/chat down down 1 down 3 in a row ! violated/);
    assert.match(rules, /class="part" width="33\.3"/);
    assert.match(rules, /<svg class="bar wait"[^>]*><rect[^>]*\/><rect class="part" width="27\.5"/);
  });

  it('shows each pod, also one that differs, is not Ready or was told to stop', () => {
    const pods = [
      podState('denis-a'),
      podState('denis-b', { serves: { pct: 1, enabled: true } }),
      podState('denis-c', { ready: false, serves: { pct: undefined, enabled: undefined } }),
    ];
    const text = textOf(
      sectionOf(watchPage(watchView('canary-10', { live: 10, denis: denisState(10, { pods }) })), 'pods'),
    );
    assert.match(text, /denis-a 10 % 3 no ✓ Ready denis-b 1 % 3 no ! differs denis-c unknown 3 – ! not Ready/);
  });

  it('shows switches and what the watcher saw itself', () => {
    const text = textOf(sectionOf(busy, 'switches'));
    assert.match(text, /latch none environment on Redis flag on workers 3 of 3 Ready/);
    assert.match(
      text,
      /✓ 2 good ! 1 refused \(HTTP 429\) ✓ 1 good ✕ 1 down \(no answer within 5 s\) newest .* OOM-killed none/,
    );
    assert.match(textOf(sectionOf(watchPage(rolledBackView()), 'switches')), /latch ! latched environment – off/);
  });

  it('lists what else was found, but not what would be said without it', () => {
    assert.match(textOf(sectionOf(busy, 'findings')), /warning chat p99 is \+11\.\d % in the window/);
    assert.doesNotMatch(sectionOf(busy, 'findings'), /PROMOTE/);
    assert.equal(sectionOf(watchPage(watchView('canary-10', { live: 10 })), 'findings'), '');
  });

  it('says who leads, and how old the heartbeat is', () => {
    const head = (own: object): string =>
      textOf(/<header>[\s\S]*?<\/header>/.exec(watchPage(watchView('canary-10', { live: 10 }, own)))![0]);
    assert.match(head({}), /this watcher leads · heartbeat 4s ago/);
    assert.match(head({ leads: false }), /stands by; watcher-1 leads/);
    assert.match(head({ leads: false, heartbeat: undefined }), /who leads is unknown · no heartbeat/);
  });

  it('asks to be loaded again while it follows, and stands still on request', () => {
    assert.match(busy, /<meta http-equiv="refresh" content="10">/);
    assert.doesNotMatch(watchPage(busyView(), { still: true }), /http-equiv/);
  });

  it('offers to turn off what may be on', () => {
    const blind = watchView('canary-10', { live: 10 }, { judgement: unreadable('gone') });
    for (const view of [busyView(), hostileView(), blind]) assert.match(watchPage(view), /npm run kill/);
    assert.doesNotMatch(watchPage(rolledBackView()), /npm run kill/);
  });

  it('still says what happened when nothing can be read', () => {
    const recent = [{ at: NOON, severity: 'page', text: 'blind for 15m00s' }] as const;
    const text = textOf(watchPage(watchView('canary-10', {}, { judgement: unreadable('no route to host'), recent })));
    assert.match(text, /BLIND no route to host/);
    assert.match(text, /paged blind for 15m00s/);
  });

  it('links a dashboard only where its address is one of the web', () => {
    const page = (grafana: string): string => {
      const view = watchView('canary-10', { live: 10 });
      assert.ok(view.judgement.kind === 'read');
      return watchPage({ ...view, judgement: { kind: 'read', value: { ...view.judgement.value, grafana } } });
    };
    assert.match(page('https://grafana.test/d/1'), /href="https:\/\/grafana\.test\/d\/1"/);
    assert.doesNotMatch(page('javascript:alert(1)'), /javascript:/);
  });

  it('holds nothing that runs or loads, and hostile words as words alone', () => {
    const hostile = watchPage(hostileView());
    for (const page of [busy, hostile, watchPage(rolledBackView())]) {
      assert.doesNotMatch(page, /<(script|img|iframe|object|embed|link|base|form)\b/i);
      assert.doesNotMatch(page, /<[^>]*\s(on\w+|style|src)=/i);
      assert.doesNotMatch(page.replace(/href="https:\/\/grafana\.denis\.run[^"]*"/g, ''), /https?:/);
    }
    assert.ok(!hostile.includes(HOSTILE));
    assert.doesNotMatch(hostile, /[\u0000-\u0008\u000e-\u001f\u202e]/);
    assert.equal(hostile.match(/<\/style>/g)?.length, 1);
    assert.equal(hostile.match(/<!--/g), null);
  });
});
