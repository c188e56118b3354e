import assert from 'node:assert/strict';
import { timingOf } from '../../phases/timing';
import { hours, seconds, unixSeconds } from '../../phases/units';
import type { Decision } from '../../rollout/decide';
import { type DigestTold, digestLength, digestTick, isOfDashboard } from '../../rollout/digestSchedule';
import { NOON } from '../support/healthyPhase';

const TIMING = timingOf(1, seconds(15));
const HOUR = hours(1);

interface At {
  readonly phase?: Decision['phase'];
  readonly livePercent?: number;
  readonly complete?: boolean;
}

/** `4h00m` for alerts, `8h00m, dashboard`; undefined where nothing is due. */
function due(after: number, told: number | undefined, own: At = {}): string | undefined {
  const { phase = 'canary-100', livePercent = 100, complete = false } = own;
  const decision = { phase, facts: { now: unixSeconds(NOON + after * HOUR), livePercent, window: { complete } } };
  const before = told === undefined ? undefined : { since: NOON, number: told };
  const { due: found, told: next } = digestTick(before, decision as unknown as Decision, NOON, TIMING);
  assert.equal(next === before, found === undefined);
  return found && `${found.sentence.replace(/ of 72h00m at 100 %$/, '')}${isOfDashboard(found) ? ', dashboard' : ''}`;
}

describe('rollout/digestSchedule', () => {
  const table: [string, number, number | undefined, At, string | undefined][] = [
    ['nothing in the first four hours', 3.99, undefined, {}, undefined],
    ['the alerts after four', 4, undefined, {}, '4h00m'],
    ['each once', 4.003, 1, {}, undefined],
    ['the dashboard too after eight', 8, 1, {}, '8h00m, dashboard'],
    ['the alerts alone after twelve', 12.5, 2, {}, '12h00m'],
    ['the newest alone after a pause', 23, 1, {}, '20h00m, dashboard'],
    ['a dashboard that was missed with the alerts that follow', 13, 1, {}, '12h00m, dashboard'],
    ['the last one at the end of the window', 72, 17, { complete: true }, '72h00m, dashboard'],
    ['the last one, where the watcher was away', 75, 16, { complete: true }, '72h00m, dashboard'],
    ['none after the window', 76, 18, { complete: true }, undefined],
    ['more while the window is not complete', 76.1, 18, {}, '76h00m'],
    ['none in another phase', 24, undefined, { phase: 'canary-50' }, undefined],
    ['none while less than 100 % is live', 24, undefined, { livePercent: 75 }, undefined],
  ];
  for (const [title, after, told, own, expected] of table) {
    it(`tells ${title}`, () => assert.equal(due(after, told, own), expected));
  }

  it('tells 18 in a whole window, nine of the dashboard, whatever the ticks', () => {
    let told: DigestTold | undefined;
    const found: string[] = [];
    for (let at = 0; at < 90 * HOUR; at += 37) {
      const facts = { now: unixSeconds(NOON + at), livePercent: 100, window: { complete: at >= 72 * HOUR } };
      const tick = digestTick(told, { phase: 'canary-100', facts } as unknown as Decision, NOON, TIMING);
      told = tick.told;
      if (tick.due !== undefined) found.push(tick.due.key);
    }
    assert.equal(found.length, 18);
    assert.equal(new Set(found).size, 18);
    assert.equal(found.filter((key) => isOfDashboard({ key })).length, 9);
  });

  it('begins anew with another activation, and knows nothing of a phase that is not judged', () => {
    const facts = { now: unixSeconds(NOON + 5 * HOUR), livePercent: 100, window: { complete: false } };
    const decision = { phase: 'canary-100', facts } as unknown as Decision;
    const earlier = { since: NOON - 50 * HOUR, number: 9 };
    assert.equal(digestTick(earlier, decision, NOON, TIMING).told?.number, 1);
    assert.deepEqual(digestTick(earlier, undefined, NOON, TIMING), { told: earlier, due: undefined });
    assert.deepEqual(digestTick(earlier, decision, undefined, TIMING), { told: earlier, due: undefined });
  });

  it('runs as fast as the sandbox does', () => {
    const fast = timingOf(3600, seconds(1));
    assert.equal(digestLength(fast), 8);
    const facts = { now: unixSeconds(NOON + 5.5), livePercent: 100, window: { complete: false } };
    const tick = digestTick(undefined, { phase: 'canary-100', facts } as unknown as Decision, NOON, fast);
    assert.equal(tick.due?.sentence, '5s of 1m12s at 100 %');
  });
});
