import assert from 'node:assert/strict';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { unixSeconds } from '../../phases/units';
import { type AllFetched, playback } from '../../rollout/playback';
import type { Fetched, Series } from '../../rollout/series';
import { found, NOTHING, pairs } from '../support/series';

const all = (own: Partial<Record<MetricKey, Fetched>>): AllFetched =>
  Object.fromEntries(METRIC_KEYS.map((key) => [key, own[key] ?? NOTHING])) as Record<MetricKey, Fetched>;
const plain = ({ pod, times, values }: Series) => [pod, Array.from(times), Array.from(values)];

describe('rollout/playback', () => {
  const a = pairs('a', [
    [10, 1],
    [20, 2],
    [30, 3],
  ]);
  const b = pairs('b', [[25, 5]]);

  it('holds samples up to a moment, the moment included, and none after it', () => {
    const at = playback(all({ error_rate: found(a, b) }));
    const read = (until: number) => {
      const { error_rate: fetched } = at(unixSeconds(until));
      return fetched.kind === 'series' ? fetched.series.map(plain) : fetched.kind;
    };
    assert.deepEqual(read(5), []);
    assert.deepEqual(read(20), [['a', [10, 20], [1, 2]]]);
    assert.deepEqual(read(19.999), [['a', [10], [1]]]);
    assert.deepEqual(read(100), [plain(a), plain(b)]);
    assert.deepEqual(read(20), [['a', [10, 20], [1, 2]]], 'going back is the same');
  });

  it('plays back counters and buckets in the same way, and leaves alone what has no samples', () => {
    const ratio: Fetched = { kind: 'ratio', query: 'q', part: [a], whole: [b], notANumber: 0 };
    const histogram: Fetched = { kind: 'histogram', query: 'q', buckets: [{ le: 1, series: [a, b] }], notANumber: 0 };
    const off: Fetched = { kind: 'off', reason: 'none here' };
    const read = playback(all({ error_rate: ratio, chat_latency_p99: histogram, uptime: off }))(unixSeconds(20));
    assert.ok(read.error_rate.kind === 'ratio' && read.chat_latency_p99.kind === 'histogram');
    assert.deepEqual([read.error_rate.part.map(plain), read.error_rate.whole], [[['a', [10, 20], [1, 2]]], []]);
    assert.deepEqual(read.chat_latency_p99.buckets[0]!.series.map(plain), [['a', [10, 20], [1, 2]]]);
    assert.equal(read.uptime, off);
  });
});
