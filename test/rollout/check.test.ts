import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LADDER } from '../../phases/ladder';
import type { CheckSpec, Comparison } from '../../phases/phase';
import { seconds } from '../../phases/units';
import type { Baseline } from '../../rollout/baseline';
import { ageOf, checkOff, judgeCheck, missingSentence, satisfies } from '../../rollout/check';
import type { Measurement, Missing } from '../../rollout/measurement';

const BASELINE: Baseline = { chatP99: 2, measuredAt: '2026-11-25T08:00:00Z', covered: seconds(86_400), samples: 5_760 };
const value = (number: number): Measurement => ({
  kind: 'value',
  value: number,
  samples: 240,
  age: seconds(12),
  query: 'q',
});
const MISSING: readonly Missing[] = [
  { kind: 'noData', query: 'q', detail: 'the query returned no samples' },
  { kind: 'stale', query: 'q', age: seconds(300), detail: 'newest sample is 5m00s old' },
  { kind: 'outOfRange', query: 'q', value: 98, detail: '98 is outside 0–1' },
  { kind: 'ambiguous', query: 'q', detail: 'two series for pod a' },
  { kind: 'unreachable', query: 'q', detail: 'timed out' },
];

const EVERY = LADDER.flatMap(({ name, checks }) =>
  checks.map((spec): [string, CheckSpec] => [`${spec.id} of ${name}`, spec]),
);
const limitOf = ({ limit }: CheckSpec): number =>
  limit.kind === 'absolute' ? limit.value : BASELINE.chatP99 * (1 + limit.above);
const good = (spec: CheckSpec): Measurement => value(['>', '>='].includes(spec.limit.comparison) ? 1 : 0);
const judged = (spec: CheckSpec, window: Measurement, recent = good(spec), baseline: Baseline | undefined = BASELINE) =>
  judgeCheck({ spec, window, recent: spec.recentSlice ? recent : undefined, baseline });
const bad = ({ kind }: CheckSpec): string => (kind === 'hard' ? 'fail' : 'warn');
const unknown = ({ kind }: CheckSpec): string => (kind === 'hard' ? 'unknown' : 'warn');
const specOf = (id: string, phase: string): CheckSpec =>
  LADDER.find(({ name }) => name === phase)!.checks.find((spec) => spec.id === id)!;

describe('rollout/check', () => {
  describe('a comparison', () => {
    const rows: readonly [Comparison, below: boolean, at: boolean, above: boolean][] = [
      ['>', false, false, true],
      ['>=', false, true, true],
      ['<', true, false, false],
      ['<=', true, true, false],
    ];
    for (const [comparison, below, at, above] of rows) {
      it(`${comparison} at its limit, just below and just above`, () => {
        assert.deepEqual(
          [0.98 - 1e-12, 0.98, 0.98 + 1e-12].map((one) => satisfies(one, comparison, 0.98)),
          [below, at, above],
        );
      });
    }

    it('is never satisfied by what is not a number', () => {
      for (const [comparison] of rows) assert.equal(satisfies(Number.NaN, comparison, 1), false);
    });
  });

  for (const [title, spec] of EVERY) {
    const limit = limitOf(spec);
    const { comparison } = spec.limit;
    const step = Math.max(1, limit) * 1e-9;
    it(`judges ${title} exactly at its limit, just below and just above`, () => {
      const passes = [limit - step, limit, limit + step].map((one) => judged(spec, value(one)).status === 'pass');
      const above = comparison.startsWith('>');
      assert.deepEqual(passes, [!above, comparison.endsWith('='), above]);
      const result = judged(spec, value(above ? limit - step : limit + step));
      assert.deepEqual([result.status, result.failedIn, result.limit], [bad(spec), 'window', limit]);
    });

    if (spec.recentSlice) {
      it(`fails ${title} for its recent slice alone`, () => {
        const worse = value(comparison.startsWith('>') ? limit - step : limit + step);
        const result = judged(spec, good(spec), worse);
        assert.deepEqual([result.status, result.failedIn], [bad(spec), 'recent']);
        assert.equal(judged(spec, worse, worse).failedIn, 'window', 'the window is named first');
      });

      it(`does not know ${title} without its recent slice`, () => {
        for (const missing of MISSING) {
          const result = judged(spec, good(spec), missing);
          assert.deepEqual([result.status, result.failedIn], [unknown(spec), undefined], missing.kind);
        }
      });
    }

    it(`does not know ${title} without its window, and never passes it`, () => {
      for (const missing of MISSING) {
        const result = judged(spec, missing);
        assert.deepEqual([result.status, result.failedIn], [unknown(spec), undefined], missing.kind);
        assert.equal(result.sentence, missingSentence(spec.title, missing));
      }
    });
  }

  it('sees a violation in one period though the other is missing', () => {
    const success = specOf('success-rate', 'canary-10');
    for (const missing of MISSING) {
      assert.deepEqual(
        [judged(success, value(0.9), missing).status, judged(success, value(0.9), missing).failedIn],
        ['fail', 'window'],
      );
      assert.deepEqual(
        [judged(success, missing, value(0.9)).status, judged(success, missing, value(0.9)).failedIn],
        ['fail', 'recent'],
      );
    }
  });

  describe('the baseline', () => {
    const limits = [
      ['canary-1', 2.2],
      ['canary-10', 2.1],
      ['canary-50', 2.2],
      ['canary-100', 2.1],
    ] as const;
    for (const [phase, limit] of limits) {
      it(`of 2 s allows ${limit} s at ${phase}`, () => {
        assert.equal(judged(specOf('chat-p99', phase), value(2)).limit, limit);
      });
    }

    it('sets limits that are what they look like', () => {
      const of = (chatP99: number): number | undefined =>
        judged(specOf('chat-p99', 'canary-10'), value(1), value(1), { ...BASELINE, chatP99 }).limit;
      assert.deepEqual([0.4, 0.7, 0.3, 1.1].map(of), [0.42, 0.735, 0.315, 1.155]);
    });

    it('is needed to judge the chat, and its lack warns', () => {
      const spec = specOf('chat-p99', 'canary-1');
      const result = judgeCheck({ spec, window: value(0.1), recent: value(0.1), baseline: undefined });
      assert.deepEqual(
        [result.status, result.limit, result.sentence],
        ['warn', undefined, 'chat p99: no baseline is pinned; npm run baseline repairs it'],
      );
    });

    it('is not needed by any other check', () => {
      for (const [title, spec] of EVERY) {
        if (spec.limit.kind === 'baseline') continue;
        const result = judgeCheck({ spec, window: good(spec), recent: undefined, baseline: undefined });
        assert.equal(result.status, 'pass', title);
      }
    });
  });

  describe('a sentence', () => {
    it('gives value, period and limit', () => {
      assert.equal(
        judged(specOf('success-rate', 'canary-10'), value(0.9612)).sentence,
        'success rate is 96.12 % in the window, > 97 % is needed',
      );
      assert.equal(
        judged(specOf('materializer-p99', 'canary-50'), value(1), value(6)).sentence,
        'materializer p99 is 6.00 s in the recent slice, < 5 s is needed',
      );
      assert.equal(
        judged(specOf('chat-p99', 'canary-10'), value(2.142)).sentence,
        'chat p99 is +7.1 % in the window, ≤ +5 % is needed',
      );
      assert.equal(judged(specOf('worker-seen', 'canary-10'), value(40)).sentence, 'worker seen is 40s');
    });

    it('never rounds a value onto the limit that it misses', () => {
      assert.equal(
        judged(specOf('success-rate', 'canary-10'), value(0.969_999)).sentence,
        'success rate is 96.9999 % in the window, > 97 % is needed',
      );
      assert.equal(
        judged(specOf('materializer-p99', 'canary-100'), value(3.001)).sentence,
        'materializer p99 is 3.001 s in the window, < 3 s is needed',
      );
      assert.equal(
        judged(specOf('queue-depth', 'canary-1'), value(100)).sentence,
        'queue depth is 100.0 in the window, < 100 is needed',
      );
    });

    it('names what is missing', () => {
      assert.deepEqual(
        MISSING.map((missing) => missingSentence('error rate', missing)),
        [
          'error rate: no data (the query returned no samples)',
          'error rate: stale (newest sample is 5m00s old)',
          'error rate: out of range (98 is outside 0–1)',
          'error rate: ambiguous (two series for pod a)',
          'error rate: unreachable (timed out)',
        ],
      );
    });

    it('says why a check is off', () => {
      const result = checkOff(specOf('uptime', 'canary-100'), 'no probe');
      assert.deepEqual([result.status, result.sentence], ['off', 'uptime is switched off: no probe']);
    });
  });

  it('tells the age of the newest sample, where there is a value', () => {
    const spec = specOf('error-rate', 'canary-1');
    assert.equal(ageOf(judged(spec, value(0))), '12s');
    assert.equal(ageOf(judged(spec, MISSING[0]!)), '');
  });

  it('is never milder for a worse value', () => {
    const severity = ['pass', 'warn', 'unknown', 'fail'];
    const specs = fc.constantFrom(...EVERY.map(([, spec]) => spec));
    const number = fc.double({ min: 0, max: 2, noNaN: true });
    fc.assert(
      fc.property(specs, number, number, number, (spec, a, b, recent) => {
        const scale = limitOf(spec);
        const [low, high] = [Math.min(a, b) * scale, Math.max(a, b) * scale];
        const [better, worse] = spec.limit.comparison.startsWith('>') ? [high, low] : [low, high];
        const status = (window: number): number =>
          severity.indexOf(judged(spec, value(window), value(recent * scale)).status);
        assert.ok(status(worse) >= status(better));
      }),
      { numRuns: 2_000 },
    );
  });
});
