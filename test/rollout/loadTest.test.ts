import assert from 'node:assert/strict';
import { canary50 } from '../../phases/canary-50';
import { seconds } from '../../phases/units';
import type { Baseline } from '../../rollout/baseline';
import { type Hit, judgeLoadTest, loadFigures, loadTestText, readLoadTest } from '../../rollout/loadTest';

const PLAN = { requests: 1_000, length: seconds(100) };
const baseline: Baseline = { chatP99: 0.3, measuredAt: '2026-11-24T00:00:00Z', covered: seconds(86_400), samples: 9 };
const LIMITS = { checks: canary50.checks, baseline };

const hits = (count: number, change: (number: number) => Partial<Hit> = () => ({})): Hit[] =>
  Array.from({ length: count }, (_, number) => ({
    number,
    at: 1_800_000_000 + number * 0.1,
    latency: seconds(0.1),
    status: 200,
    ...change(number),
  }));
const judged = (sent: readonly Hit[], limits: Parameters<typeof judgeLoadTest>[2] = LIMITS) =>
  judgeLoadTest(PLAN, loadFigures(PLAN, sent), limits);

describe('rollout/loadTest', () => {
  it('sums up what was sent', () => {
    const sent = hits(1_000, (number) => ({ latency: seconds((number + 1) / 1_000), status: number < 10 ? 0 : 200 }));
    const { rps, ...figures } = loadFigures(PLAN, sent);
    assert.ok(Math.abs(rps - 10) < 0.001);
    assert.deepEqual(figures, {
      sent: 1_000,
      dropped: 0,
      late: 0,
      failed: 10,
      errorRate: 0.01,
      p50: 0.5,
      p95: 0.95,
      p99: 0.99,
    });
  });

  it('passes within the limits of the phase', () => {
    const { verdict, sentences } = judged(hits(1_000));
    assert.equal(verdict, 'passed');
    assert.deepEqual(sentences, [
      '0 % of the requests failed (0 of 1000), < 0.5 % is needed',
      'chat p99 was 0.100 s, < 0.330 s is needed (baseline 0.300 s)',
    ]);
  });

  const failing: [string, (number: number) => Partial<Hit>][] = [
    ['errors on the limit', (number) => ({ status: number < 5 ? 500 : 200 })],
    ['chat p99 on the limit', () => ({ latency: seconds(0.33) })],
  ];
  for (const [what, change] of failing) {
    it(`fails ${what}`, () => assert.equal(judged(hits(1_000, change)).verdict, 'failed'));
  }

  it('says that latency was not judged without a baseline', () => {
    const { verdict, sentences } = judged(
      hits(1_000, () => ({ latency: seconds(4) })),
      { ...LIMITS, baseline: undefined },
    );
    assert.equal(verdict, 'passed');
    assert.match(sentences[1]!, /no baseline is pinned, so it was not judged$/);
  });

  it('blames the generator for what was not sent, or sent too late', () => {
    assert.equal(judged(hits(999)).verdict, 'passed');
    assert.equal(judged(hits(998)).verdict, 'generator');
    assert.equal(judged([]).verdict, 'generator');
    const late = (from: number) =>
      hits(1_000, (number) => (number >= from ? { at: 1_800_000_000 + number * 0.1 + 0.3 } : {}));
    assert.equal(judged(late(990)).verdict, 'passed');
    assert.equal(judged(late(989)).verdict, 'generator');
  });

  it('is read back as it was written, and nothing else is', () => {
    const figures = loadFigures(PLAN, hits(1_000));
    const result = {
      version: 1 as const,
      rollout: 'r',
      move: '3',
      image: 'denis:1',
      stack: 'canary-50',
      at: '2026-11-27T10:00:00.000Z',
      until: '2026-11-27T10:01:40.000Z',
      requests: 1_000,
      seconds: 100,
      ...figures,
      verdict: 'passed' as const,
      sentences: ['all is well'],
    };
    assert.deepEqual(readLoadTest(JSON.stringify(result)), result);
    for (const text of ['', '{}', '[]', JSON.stringify({ ...result, verdict: 'fine' })])
      assert.equal(readLoadTest(text), undefined);
    assert.match(loadTestText(result), /^load test of canary-50 {3}PASSED\n {2}1000 of 1000 requests sent/);
  });
});
