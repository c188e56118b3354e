import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bar } from '../../../rollout/page/bar';
import { sparklineSvg } from '../../../rollout/page/sparklineSvg';

const { NaN: none } = Number;
const pathsIn = (markup: string): string[] => [...markup.matchAll(/ d="([^"]*)"/g)].map(([, path]) => path!);

describe('rollout/page/sparklineSvg', () => {
  const rows: readonly [what: string, values: number[], limit: number | undefined, paths: string[]][] = [
    ['each part as wide as the others', [0, 1, 2], undefined, ['M0.0 22.0H16.0L16.0 12.0H32.0L32.0 2.0H48.0']],
    ['a gap where there was no sample', [0, none, 2], undefined, ['M0.0 22.0H16.0M32.0 2.0H48.0']],
    ['what does not move in the middle', [5, 5], undefined, ['M0.0 12.0H24.0L24.0 12.0H48.0']],
    ['the limit in the same scale', [0, 5], 10, ['M0 2.0H48', 'M0.0 22.0H24.0L24.0 12.0H48.0']],
  ];
  for (const [what, values, limit, paths] of rows) {
    it(`draws ${what}`, () => assert.deepEqual(pathsIn(sparklineSvg(values, limit, 'x').markup), paths));
  }

  it('says so where there is no sample, and names the picture for who does not see it', () => {
    assert.match(sparklineSvg([none, none], 5, 'x').markup, /no samples/);
    assert.match(sparklineSvg([1], 5, 'from "1"').markup, /role="img" aria-label="from &quot;1&quot;"/);
  });

  it('stays inside its picture', () => {
    const values = fc.array(
      fc.oneof(fc.double({ min: -1e9, max: 1e9 }), fc.constantFrom(none, Number.POSITIVE_INFINITY)),
    );
    fc.assert(
      fc.property(
        values,
        fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true }), { nil: undefined }),
        (series, limit) => {
          for (const path of pathsIn(sparklineSvg(series, limit, 'x').markup)) {
            assert.match(path, /^(M[\d.]+ [\d.]+H[\d.]+(L[\d.]+ [\d.]+H[\d.]+)*)+$/);
            for (const [, y] of path.matchAll(/[ML][\d.]+ ([\d.]+)/g))
              assert.ok(Number(y) >= 2 && Number(y) <= 22, path);
          }
        },
      ),
    );
  });
});

describe('rollout/page/bar', () => {
  const rows: readonly [share: number, width: string][] = [
    [0, '0.0'],
    [0.275, '27.5'],
    [1, '100.0'],
    [7, '100.0'],
    [-1, '0.0'],
    [none, '0.0'],
  ];
  for (const [share, width] of rows) {
    it(`draws ${share} as ${width} of a hundred`, () =>
      assert.ok(bar(share, 'wait').markup.includes(`class="part" width="${width}"`)));
  }
});
