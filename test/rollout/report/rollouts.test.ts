import assert from 'node:assert/strict';
import type { Entry } from '../../../rollout/report/entry';
import { exposureCourse } from '../../../rollout/report/exposureCourse';
import { reportOf } from '../../../rollout/report/report';
import { rolloutsIn } from '../../../rollout/report/rollouts';

const HOUR = 3_600;
const entry = (hour: number, kind: string, own: Partial<Entry> = {}): Entry => ({
  at: hour * HOUR,
  kind,
  by: 'ana',
  ...own,
});
const up = (hour: number, percent: number, own: Partial<Entry> = {}): Entry =>
  entry(hour, 'permit', {
    mode: 'update',
    stack: `canary-${percent}`,
    permit: { allowed: true, direction: 'up', reasons: [], percent },
    ...own,
  });
const seen = (hour: number, live: number, rollout?: string): Entry =>
  entry(hour, 'decision', { mode: 'report', live, ...(rollout === undefined ? {} : { rollout }) });
const kill = (hour: number, confirmedAfterMs?: number): Entry =>
  entry(hour, 'kill', {
    reason: 'x',
    killed: { latched: true, ways: [], look: [], ...(confirmedAfterMs === undefined ? {} : { confirmedAfterMs }) },
  });
const complete = (hour: number): Entry =>
  entry(hour, 'decision', { mode: 'report', live: 100, verdict: 'COMPLETE', sentence: 'all is green' });
const drill = (hour: number): Entry => entry(hour, 'drill', { drilled: [] });
const resume = (hour: number): Entry => entry(hour, 'resume', { resumed: { cleared: [] } });

describe('rollout/report/rollouts', () => {
  const rows: readonly [what: string, entries: Entry[], hours: number[][], ids: (string | undefined)[]][] = [
    ['nothing', [], [], []],
    ['what has no start as one', [drill(1), seen(2, 10)], [[1, 2]], [undefined]],
    ['one from its drill on', [drill(1), up(2, 1), seen(3, 1, 'a'), up(4, 10)], [[1, 2, 3, 4]], ['a']],
    [
      'two at the end of the first, with the resume in the first and the drill in the second',
      [up(1, 1), seen(2, 1, 'a'), kill(3), resume(4), drill(5), up(6, 1), seen(7, 1, 'b')],
      [
        [1, 2, 3, 4],
        [5, 6, 7],
      ],
      ['a', 'b'],
    ],
    ['a start that was tried twice as one', [up(1, 1), up(2, 1), seen(3, 1, 'a')], [[1, 2, 3]], ['a']],
    [
      'by the ledger alone, where the permit is in another journal',
      [seen(1, 1, 'a'), seen(2, 10, 'a'), seen(3, 1, 'b'), seen(4, 1, 'b')],
      [
        [1, 2],
        [3, 4],
      ],
      ['a', 'b'],
    ],
    [
      'a record of the first that comes late, where it lies in time',
      [up(1, 1), seen(2, 1, 'a'), kill(3), up(4, 1), seen(5, 1, 'b'), seen(6, 1, 'a'), seen(7, 1, 'b')],
      [
        [1, 2, 3],
        [4, 5, 6, 7],
      ],
      ['a', 'b'],
    ],
  ];
  for (const [what, entries, hours, ids] of rows) {
    it(`divides ${what}`, () => {
      const rollouts = rolloutsIn(entries);
      assert.deepEqual(
        rollouts.map((one) => one.entries.map(({ at }) => at / HOUR)),
        hours,
      );
      assert.deepEqual(
        rollouts.map(({ id }) => id),
        ids,
      );
    });
  }
});

const HOW: readonly [what: string, entries: Entry[], word: string, says: RegExp][] = [
  ['a kill that was confirmed', [up(1, 1), kill(2, 400)], 'KILLED', /, confirmed off after 0\.40 s, by ana: x$/],
  ['a kill that was not', [up(1, 1), kill(2)], '1 %', /; the kill of .* did not turn it off, or not for long$/],
  ['a kill that did not hold', [up(1, 1), kill(2, 400), seen(3, 1)], '1 %', /did not turn it off/],
  ['a kill alone', [kill(2)], 'KILLED', /, NOT CONFIRMED off, by ana: x$/],
  ['what is complete', [up(1, 1), seen(9, 100), complete(10)], 'COMPLETE', /^all is green, /],
  [
    'what is complete, and was switched off later',
    [up(1, 1), complete(10), seen(12, 0)],
    'OFF',
    /after it was complete/,
  ],
  ['what was resumed without a record of its kill', [up(1, 1), resume(2)], 'OFF', /nothing is live/],
  ['nothing but a drill', [drill(1)], 'UNKNOWN', /no record tells what is live/],
];

describe('rollout/report/report', () => {
  for (const [what, entries, word, says] of HOW) {
    it(`tells how ${what} stands`, () => {
      const { status } = reportOf(rolloutsIn(entries).at(-1)!, { sources: [], others: [] });
      assert.equal(status.word, word);
      assert.match(status.sentence, says);
    });
  }
});

describe('rollout/report/exposureCourse', () => {
  const lastMove = (hour: number, percent: number) => ({ at: hour * HOUR, percent, by: 'ana' });
  const rows: readonly [what: string, entries: Entry[], steps: [hour: number, percent: number][]][] = [
    [
      'permitted moves',
      [up(1, 1), up(2, 10)],
      [
        [1, 1],
        [2, 10],
      ],
    ],
    [
      'what was seen live',
      [seen(1, 1), seen(2, 1), seen(3, 25)],
      [
        [1, 1],
        [3, 25],
      ],
    ],
    [
      'a move that no permit tells of, by the ledger',
      [seen(1, 1), { ...seen(5, 10), lastMove: lastMove(4, 10) }],
      [
        [1, 1],
        [4, 10],
      ],
    ],
    [
      'no step back while pods are replaced',
      [up(1, 1), up(2, 10), seen(2.1, 1), seen(3, 10)],
      [
        [1, 1],
        [2, 10],
      ],
    ],
    [
      'a move that did not come about',
      [up(1, 1), up(2, 10), seen(3, 1)],
      [
        [1, 1],
        [2, 10],
        [3, 1],
      ],
    ],
    [
      'a kill from when it was confirmed',
      [up(1, 1), kill(2, 1_800_000)],
      [
        [1, 1],
        [2.5, 0],
      ],
    ],
    ['no kill that was not confirmed', [up(1, 1), kill(2)], [[1, 1]]],
    [
      'a kill that did not hold',
      [up(1, 1), kill(1.1, 0), seen(1.2, 1)],
      [
        [1, 1],
        [1.1, 0],
        [1.2, 1],
      ],
    ],
    [
      'a resume as off, whoever turned it off',
      [up(1, 1), resume(2)],
      [
        [1, 1],
        [2, 0],
      ],
    ],
    ['no preview', [up(1, 1), up(2, 10, { mode: 'preview' })], [[1, 1]]],
  ];
  for (const [what, entries, steps] of rows) {
    it(`tells ${what}`, () =>
      assert.deepEqual(
        exposureCourse(entries).map(({ at, percent }) => [at / HOUR, percent]),
        steps,
      ));
  }
});
