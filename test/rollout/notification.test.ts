import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judge } from '../../rollout/assessment';
import { fitToSend, type Notification, notificationOf } from '../../rollout/notification';
import { table } from '../../rollout/table';
import { eventOf, type WatchEvent } from '../../rollout/watchEvent';
import { assessment } from '../support/assessments';
import { NOON } from '../support/healthyPhase';

const NEWS: Notification = { key: 'rollback/1', severity: 'page', title: 'ROLLBACK', text: 'the error rate is 7 %' };
const sent = (own: Partial<Notification>, secrets: readonly string[] = []): Notification =>
  fitToSend({ ...NEWS, ...own }, secrets);

const event = (own: Partial<Omit<WatchEvent, 'severity'>> = {}): WatchEvent =>
  eventOf({ kind: 'rollback', at: NOON, stack: 'canary-50', sentence: 'what happened', key: 'rollback:1', ...own });

describe('notificationOf', () => {
  it('says what happened where and when, with the table and the dashboard that people see everywhere else', () => {
    const judgement = judge(assessment('canary-50', { live: 50 }));
    assert.deepEqual(notificationOf(event(), judgement, 'https://grafana.test/d/1'), {
      key: 'rollback:1',
      severity: 'page',
      title: 'canary-50: ROLLBACK',
      text: 'what happened\n2026-11-25 12:00:00 UTC',
      table: table(judgement),
      link: 'https://grafana.test/d/1',
    });
  });

  it('is a sentence alone where nothing could be judged', () => {
    const { title, text, severity, ...rest } = notificationOf(event({ kind: 'page-blind' }), undefined, undefined);
    assert.deepEqual([title, severity, rest], ['canary-50: still blind', 'page', { key: 'rollback:1' }]);
    assert.match(text, /^what happened\n/);
  });

  it("ends the rollout in the plan's own words", () => {
    const { title } = notificationOf(event({ kind: 'complete', stack: 'canary-100' }), undefined, undefined);
    assert.equal(title, 'Materializers 100% rollout complete');
  });

  it('holds the whole table of every phase', () => {
    for (const [stack, live] of [
      ['canary-10', 1],
      ['canary-50', 10],
      ['canary-100', 50],
      ['canary-100', 100],
    ] as const) {
      const judgement = judge(assessment(stack, { live, readings: { error_rate: 0.07, queue_depth: 900 } }));
      assert.equal(fitToSend(notificationOf(event(), judgement, undefined), []).table, table(judgement));
    }
  });
});

describe('fitToSend', () => {
  it('leaves ordinary news as they are', () => {
    const news = { ...NEWS, table: 'check  value\nerror  7 %', link: 'https://grafana.test/d/1?var-a=b&x=1' };
    assert.deepEqual(fitToSend(news, ['another secret']), news);
  });

  it('shows no secret in any part, the link included', () => {
    const secret = 's3cret-value';
    const text = `it said ${secret}`;
    const news = sent({ key: text, title: text, text, table: text, link: `https://x.test/?key=${secret}` }, [secret]);
    assert.doesNotMatch(JSON.stringify(news), /s3cret/);
    assert.equal(news.title, 'it said [secret]');
  });

  it('finds a secret that invisible characters split', () => {
    assert.equal(sent({ text: 's3cr\u200bet-\u0000value' }, ['s3cret-value']).text, '[secret]');
  });

  it('takes out control and format characters, and makes one line of a title', () => {
    const news = sent({ title: 'a\r\nb\u0007\u001b[31m\u202e', text: 'c\u0000\td\re', table: 'f\u2066g' });
    assert.deepEqual([news.title, news.text, news.table], ['a b[31m', 'c  d\ne', 'fg']);
  });

  it('bounds everything, by whole lines where there are several', () => {
    const news = sent({
      title: 'é'.repeat(500),
      table: `head\n${'x'.repeat(99)}\n`.repeat(1_000),
      key: 'k'.repeat(999),
    });
    assert.equal(news.title.length, 140);
    assert.ok(news.title.endsWith('…'));
    assert.equal(news.key.length, 300);
    assert.ok(news.table!.length <= 3_000);
    assert.match(news.table!, /\nhead\nx{99}\nhead\n… shortened$/);
  });

  it('does so with a megabyte at once, without splitting a character', () => {
    const begun = performance.now();
    const {
      title,
      text,
      table: lines,
    } = sent({
      title: '😀'.repeat(250_000),
      text: '😀'.repeat(250_000),
      table: '😀'.repeat(250_000),
    });
    assert.ok(performance.now() - begun < 1_000);
    for (const one of [title, text, lines!]) assert.doesNotMatch(one, /\p{Cs}/u);
    assert.ok(text.length <= 3_000 && lines!.length <= 3_000);
  });

  it('keeps a link only where it is one, and encodes what could end it', () => {
    assert.equal(sent({ link: 'javascript:alert(1)' }).link, undefined);
    assert.equal(sent({ link: 'not a link' }).link, undefined);
    assert.equal(sent({ link: `https://x.test/${'<'.repeat(1_000)}` }).link, undefined, 'it is too long');
    assert.equal(sent({ link: 'https://u:p4ssword@x.test/a|b>c<d`' }).link, 'https://x.test/a%7Cb%3Ec%3Cd%60');
  });

  it('is fit to send again', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary', maxLength: 500 }), (title, text) => {
        const once = sent({ title, text, table: text });
        assert.deepEqual(fitToSend(once, []), once);
      }),
    );
  });
});
