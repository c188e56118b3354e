import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LADDER } from '../../phases/ladder';
import type { MetricUnit } from '../../phases/metrics';
import { percentAsRatio, unixSeconds } from '../../phases/units';
import { formatLimit, formatNumber, formatTime, formatValue } from '../../rollout/format';

describe('rollout/format', () => {
  const numbers: readonly [MetricUnit, number, string][] = [
    ['ratio', 0.9861, '98.61 %'],
    ['ratio', 0.0005, '0.05 %'],
    ['percent', 10, '10.00 %'],
    ['seconds', 1.234, '1.23 s'],
    ['age', 61.4, '1m01s'],
    ['jobs', 4_128, '4128.0'],
    ['drops/min', 9.96, '10.0/min'],
  ];
  for (const [unit, value, text] of numbers) {
    it(`writes ${value} in ${unit} as ${text}`, () => assert.equal(formatNumber(unit, value), text));
  }

  it('writes every limit of the plan as the plan does', () => {
    const limits = LADDER.map(({ checks }) => checks.map((spec) => formatLimit(spec)));
    assert.deepEqual(limits, [
      ['> 95 %', '< 10 s', '< 2 %', '≤ +10 %', '< 100'],
      ['> 97 %', '< 8 s', '< 1 %', '≤ +5 %', '< 200', '< 2m00s', '< 10/min'],
      ['> 98 %', '< 5 s', '< 0.5 %', '< +10 %', '< 300', '< 1 s', '< 80 %', '< 70 %'],
      ['> 99 %', '< 3 s', '< 0.1 %', '< +5 %', '≥ 99.9 %'],
    ]);
  });

  describe('a value of a check', () => {
    const chat = LADDER[1]!.checks.find(({ id }) => id === 'chat-p99')!;
    const success = LADDER[1]!.checks.find(({ id }) => id === 'success-rate')!;

    it('is a difference from the baseline, with its sign', () => {
      assert.equal(formatValue(chat, 2.142, 2), '+7.1 %');
      assert.equal(formatValue(chat, 1.9, 2), '−5.0 %');
      assert.equal(formatValue(chat, 2.1, 2), '+5.0 %');
      assert.equal(formatValue(chat, 2.1001, 2), '+5.005 %');
      assert.equal(formatValue(chat, 2.1, undefined), '2.10 s');
    });

    it('is never written as the limit that it misses', () => {
      fc.assert(
        fc.property(fc.double({ min: -0.01, max: 0.01, noNaN: true }), (beside) => {
          fc.pre(Math.abs(beside) > 1e-9);
          assert.notEqual(Number.parseFloat(formatValue(success, percentAsRatio(97) + beside, undefined)), 97);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  it('writes a moment in UTC', () => assert.equal(formatTime(unixSeconds(1_795_686_059)), '2026-11-26 09:40 UTC'));
});
