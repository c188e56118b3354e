import assert from 'node:assert/strict';
import { DASHBOARD_LINES } from '../../../phases/dashboard-lines';
import { hours, seconds } from '../../../phases/units';
import { unreadable } from '../../../rollout/cluster';
import { type DigestInput, digestOf } from '../../../rollout/digest/digest';
import { digestSvg } from '../../../rollout/digest/digestSvg';
import { alertsText, beyondText, digestText } from '../../../rollout/digest/digestText';
import { NOON } from '../../support/healthyPhase';
import { HOSTILE, hostileView } from '../../support/hostile';
import { AMBIGUOUS, UNREACHABLE } from '../../support/series';
import { busyView, rolledBackView, watchView } from '../../support/watchViews';

const LENGTH = hours(8);
const healthy = (own = {}): DigestInput => watchView('canary-100', { live: 100, ...own });
const textOf = (input: DigestInput): string => digestText(digestOf(input, LENGTH));

describe('rollout/digest', () => {
  it('has the five panels of the dashboard, and says that nothing fires', () => {
    const digest = digestOf(healthy(), LENGTH);
    assert.deepEqual(
      digest.panels.map(({ title, why }) => [title, why]),
      DASHBOARD_LINES.map(({ title }, index) => [
        `${title} ${['> 98 %', '< 5 s', '< 200', '< 0.5 %', '≤ +0 %'][index]}`,
        undefined,
      ]),
    );
    assert.equal(digest.to - digest.from, LENGTH);
    assert.equal(alertsText(digest), 'alerts: none fires');
    assert.match(digestText(digest), /^ {2}success rate > 98 % +99\.80 % +99\.80 % +99\.80 % +never /m);
  });

  it('looks back as far as it is asked to, and tells what share was beyond the line', () => {
    const readings = { queue_depth: (time: number) => (time < NOON - 6 * 3600 ? 260 : 12) };
    const panel = (length: number) => digestOf(healthy({ readings }), seconds(length)).panels[2]!;
    assert.ok(Math.abs(panel(8 * 3600).beyond! - 0.25) < 0.01);
    assert.equal(panel(8 * 3600).beyondNow, false);
    assert.equal(panel(3600).beyond, 0);
  });

  const firing: readonly [what: string, input: DigestInput, says: RegExp][] = [
    [
      'a rule that fired',
      healthy({ readings: { error_rate: 0.06 } }),
      /^ {2}✕ EMERGENCY: error rate > 5 % fires since 20\d\d-/m,
    ],
    ['a rule that is violated', busyView(), /^ {2}! queue depth > 500 is violated for \dm\d\ds of 10m00s, now 620/m],
    ['a check that does not pass', busyView(), /^ {2}! chat p99 is \+/m],
    [
      'a metric that is not there',
      healthy({ readings: { error_rate: UNREACHABLE } }),
      /^ {2}! error rate > 3 % cannot be known now/m,
    ],
    [
      'that nobody can see anything',
      { ...healthy(), judgement: unreadable('the API server does not answer') },
      /^alerts: 1\n {2}✕ nothing could be judged/,
    ],
    ['an incident', rolledBackView(), /^ {2}! ROLLBACK 2026-11-25 11:48:10 UTC: error rate > 3 %/m],
  ];
  for (const [what, input, says] of firing) {
    it(`tells ${what}`, () => assert.match(alertsText(digestOf(input, LENGTH)), says));
  }

  it('names what was not measured, and draws nothing of it', () => {
    const { assessment: _, ...blind } = healthy();
    const rows: [DigestInput, string][] = [
      [healthy({ readings: { queue_depth: AMBIGUOUS } }), 'queue depth < 200: ambiguous: two series for pod denis-a'],
      [healthy({ readings: { queue_depth: UNREACHABLE } }), 'queue depth < 200: unreachable: Prometheus: timed out'],
      [healthy({ readings: { queue_depth: () => Number.NaN } }), 'queue depth < 200: no sample in the last 8h00m'],
      [blind, 'queue depth < 200: the metrics were not read'],
    ];
    for (const [input, says] of rows) {
      assert.ok(textOf(input).includes(says), textOf(input));
      assert.match(textOf(input), /^ {2}queue depth < 200 +– +– +– +–$/m);
    }
  });

  it('writes a small share as one, never as none', () => {
    assert.deepEqual([undefined, 0, 0.0001, 0.25, 1].map(beyondText), ['–', 'never', '< 1 %', '25 %', '100 %']);
  });

  it('is one picture that needs nothing else, whatever is in it', () => {
    for (const input of [healthy(), busyView(), rolledBackView(), hostileView()]) {
      const svg = digestSvg(digestOf(input, LENGTH));
      assert.match(svg, /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
      assert.doesNotMatch(svg, /<(?!\/?(?:svg|title|rect|text|path)\b|\?xml)/);
      assert.doesNotMatch(svg, /\son\w+="|href|url\(|style=|NaN|undefined/);
      assert.doesNotMatch(svg, /[\u0000-\u0008\u000b-\u001f\u202e]/);
      assert.equal(svg.match(/<svg x=/g)!.length, 6);
    }
  });

  it('has no line of a text that is longer than people read', () => {
    for (const one of textOf(hostileView()).split('\n')) assert.ok(one.length <= 310, one);
    assert.ok(!textOf(hostileView()).includes(HOSTILE));
  });
});
