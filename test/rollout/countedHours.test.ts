import assert from 'node:assert/strict';
import fc from 'fast-check';
import { canary1 } from '../../phases/canary-1';
import { countsIn, localTimeIn, mayActivateIn, secondOfDay } from '../../rollout/countedHours';

const hours = canary1.hours!;
const at = (iso: string): number => Date.parse(iso) / 1000;

describe('rollout/countedHours', () => {
  it('reads a time of the day', () => {
    assert.deepEqual(
      ['00:00', '06:00', '08:30', '12:00', '23:59'].map(secondOfDay),
      [0, 21_600, 30_600, 43_200, 86_340],
    );
  });

  describe('the local time', () => {
    const rows: readonly [zone: string, iso: string, weekday: number, secondOfDay: number][] = [
      ['UTC', '2026-11-25T00:00:00Z', 3, 0],
      ['UTC', '2026-11-25T23:59:59Z', 3, 86_399],
      ['Europe/Madrid', '2026-11-25T07:00:00Z', 3, 8 * 3600],
      ['Europe/Madrid', '2026-07-25T06:00:00Z', 6, 8 * 3600],
      ['America/New_York', '2026-11-26T02:00:00Z', 3, 21 * 3600],
      ['Asia/Kathmandu', '2026-11-22T18:20:30Z', 1, 5 * 60 + 30],
      ['Australia/Lord_Howe', '2026-11-29T13:00:01Z', 1, 1],
      ['Pacific/Apia', '2026-11-29T10:59:59Z', 7, 86_399],
    ];
    for (const [zone, iso, weekday, second] of rows) {
      it(`of ${zone} at ${iso}`, () => {
        assert.deepEqual(localTimeIn(zone)(at(iso)), { weekday, secondOfDay: second });
      });
    }

    it('keeps fractions of a second', () => {
      assert.deepEqual(localTimeIn('UTC')(at('2026-11-25T08:00:00Z') + 0.25), { weekday: 3, secondOfDay: 28_800.25 });
    });

    it('jumps where daylight saving begins and ends', () => {
      const madrid = localTimeIn('Europe/Madrid');
      const clock = (iso: string): number => madrid(at(iso)).secondOfDay / 3600;
      assert.deepEqual([clock('2026-03-29T00:59:59Z'), clock('2026-03-29T01:00:00Z')], [2 - 1 / 3600, 3]);
      assert.deepEqual([clock('2026-10-25T00:00:00Z'), clock('2026-10-25T01:00:00Z')], [2, 2]);
    });
  });

  describe('canary-1', () => {
    // 2026-11-25 is a Wednesday.
    const rows: readonly [iso: string, counts: boolean, activates: boolean][] = [
      ['2026-11-25T05:59:59Z', false, false],
      ['2026-11-25T06:00:00Z', false, true],
      ['2026-11-25T07:59:59Z', false, true],
      ['2026-11-25T08:00:00Z', true, true],
      ['2026-11-25T11:59:59Z', true, true],
      ['2026-11-25T12:00:00Z', false, false],
      ['2026-11-25T20:00:00Z', false, false],
      ['2026-11-23T10:00:00Z', true, true],
      ['2026-11-24T10:00:00Z', true, true],
      ['2026-11-26T10:00:00Z', true, true],
      ['2026-11-27T10:00:00Z', true, true],
      ['2026-11-28T10:00:00Z', false, false],
      ['2026-11-29T10:00:00Z', false, false],
    ];
    for (const [iso, counts, activates] of rows) {
      it(`${counts ? 'counts' : 'does not count'} and ${activates ? 'may' : 'may not'} be activated at ${iso}`, () => {
        assert.equal(countsIn(hours, 'UTC')(at(iso)), counts);
        assert.equal(mayActivateIn(hours, 'UTC')(at(iso)), activates);
      });
    }

    it('follows the time zone, over the date line and in summer', () => {
      assert.equal(countsIn(hours, 'Europe/Madrid')(at('2026-11-25T07:00:00Z')), true);
      assert.equal(countsIn(hours, 'Europe/Madrid')(at('2026-11-25T11:00:00Z')), false);
      assert.equal(countsIn(hours, 'Europe/Madrid')(at('2026-07-22T06:00:00Z')), true);
      assert.equal(countsIn(hours, 'Asia/Tokyo')(at('2026-11-22T23:00:00Z')), true, 'Monday 08:00 in Tokyo');
      assert.equal(countsIn(hours, 'Asia/Tokyo')(at('2026-11-27T23:00:00Z')), false, 'Saturday 08:00 in Tokyo');
    });

    it('counts four hours of every weekday, also on the days when the clocks change', () => {
      const zones = fc.constantFrom(
        'UTC',
        'Europe/Madrid',
        'America/New_York',
        'Asia/Kathmandu',
        'Australia/Lord_Howe',
      );
      // At 20:00 UTC none of these zones is in the counted hours, so that a week begins and ends outside of them.
      const eveningInUtc = 20 * 3600;
      const day = fc.integer({ min: at('2024-01-01T00:00:00Z') / 86_400, max: at('2028-01-01T00:00:00Z') / 86_400 });
      fc.assert(
        fc.property(zones, day, (zone, start) => {
          const counts = countsIn(hours, zone);
          let counted = 0;
          for (let quarter = 0; quarter < 7 * 96; quarter++)
            if (counts(start * 86_400 + eveningInUtc + quarter * 900)) counted++;
          assert.equal(counted, 5 * 4 * 4);
        }),
        { numRuns: 100 },
      );
    });
  });
});
