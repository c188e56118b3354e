import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatDuration, hours, minutes, parseDuration, percentAsRatio, seconds } from '../../phases/units';

describe('phases/units', () => {
  describe('parseDuration', () => {
    const rows: readonly [text: string, seconds: number | undefined][] = [
      ['4h', 14_400],
      ['1h30m', 5_400],
      ['90s', 90],
      ['90m', 5_400],
      ['500ms', 0.5],
      ['1d', 86_400],
      ['1d2h3m4s5ms', 93_784.005],
      ['1m500ms', 60.5],
      ['0s', 0],
      ['', undefined],
      ['15', undefined],
      ['15 s', undefined],
      [' 15s', undefined],
      ['15s ', undefined],
      ['15sec', undefined],
      ['1.5h', undefined],
      ['-5s', undefined],
      ['5S', undefined],
      ['30m1h', undefined],
      ['1h1h', undefined],
      ['h', undefined],
      ['1e3s', undefined],
      ['15s\n', undefined],
    ];
    for (const [text, expected] of rows) {
      it(`reads ${JSON.stringify(text)} as ${expected === undefined ? 'no duration' : `${expected} s`}`, () => {
        assert.equal(parseDuration(text), expected);
      });
    }

    it('adds up whatever parts are given, largest unit first', () => {
      const parts = [
        ['d', 86_400_000],
        ['h', 3_600_000],
        ['m', 60_000],
        ['s', 1_000],
        ['ms', 1],
      ] as const;
      const counts = fc.tuple(...parts.map(() => fc.option(fc.nat({ max: 10_000 }), { nil: undefined })));
      fc.assert(
        fc.property(counts, (given) => {
          fc.pre(given.some((count) => count !== undefined));
          const text = parts
            .map(([unit], index) => (given[index] === undefined ? '' : `${given[index]}${unit}`))
            .join('');
          const milliseconds = parts.reduce((sum, [, factor], index) => sum + (given[index] ?? 0) * factor, 0);
          const read = parseDuration(text);
          assert.ok(read !== undefined && Math.abs(read * 1000 - milliseconds) < 1e-3, `${text} → ${read}`);
        }),
        { numRuns: 2_000 },
      );
    });

    it('never reads a number without a unit', () => {
      fc.assert(
        fc.property(fc.oneof(fc.integer(), fc.double()), (number) => parseDuration(String(number)) === undefined),
        { numRuns: 2_000 },
      );
    });

    it('gives a finite, non-negative number or nothing for any text', () => {
      const text = fc.oneof(fc.string(), fc.stringMatching(/^(\d{1,3}(d|h|m|s|ms|x)){0,4}$/));
      fc.assert(
        fc.property(text, (any) => {
          const read = parseDuration(any);
          return read === undefined || (Number.isFinite(read) && read >= 0);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  describe('percentAsRatio', () => {
    const rows = [
      [0, 0],
      [0.1, 0.001],
      [0.5, 0.005],
      [1, 0.01],
      [7, 0.07],
      [28, 0.28],
      [29, 0.29],
      [57, 0.57],
      [98, 0.98],
      [99.9, 0.999],
      [100, 1],
    ] as const;
    for (const [percent, ratio] of rows) {
      it(`turns ${percent} % into exactly ${ratio}`, () => assert.equal(percentAsRatio(percent), ratio));
    }
  });

  it('counts minutes and hours in seconds', () => {
    assert.equal(minutes(3), 180);
    assert.equal(hours(72), 259_200);
    assert.equal(seconds(7), 7);
  });

  describe('formatDuration', () => {
    const rows = [
      [-1, '0s'],
      [0, '0s'],
      [1.5, '1.5s'],
      [12, '12s'],
      [59, '59s'],
      [60, '1m00s'],
      [125, '2m05s'],
      [3_599, '59m59s'],
      [3_600, '1h00m'],
      [61_920, '17h12m'],
      [86_400, '24h00m'],
      [259_200, '72h00m'],
      [360_000, '4d04h'],
    ] as const;
    for (const [length, text] of rows) {
      it(`writes ${length} s as ${text}`, () => assert.equal(formatDuration(seconds(length)), text));
    }
  });
});
