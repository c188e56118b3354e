import assert from 'node:assert/strict';
import { evenSequence, jitter, latencyAt, seededRandom } from '../../../sandbox/denis/random';

const take = (next: () => number, count: number): number[] => Array.from({ length: count }, next);

describe('randomness of Denis', () => {
  it('is the same for the same seed, and another for another', () => {
    assert.deepEqual(take(seededRandom(7), 20), take(seededRandom(7), 20));
    assert.notDeepEqual(take(seededRandom(7), 20), take(seededRandom(8), 20));
  });

  it('is uniform', () => {
    const mean = take(seededRandom(1), 10_000).reduce((sum, value) => sum + value) / 10_000;
    assert.ok(Math.abs(mean - 0.5) < 0.01, String(mean));
  });

  it('jitters by half a percent at most, and alike whoever asks', () => {
    for (let second = 0; second < 1_000; second += 1) {
      const factor = jitter(1, 'denis-1/chat', second);
      assert.ok(Math.abs(factor - 1) <= 0.005);
      assert.equal(factor, jitter(1, 'denis-1/chat', second));
    }
  });

  it('shows the wanted 99th percentile within few latencies', () => {
    const latencies = take(evenSequence(1), 300).map((quantile) => latencyAt(quantile, 12));
    latencies.sort((a, b) => a - b);
    const p99 = latencies[Math.ceil(0.99 * latencies.length) - 1]!;
    assert.ok(Math.abs(p99 - 12) < 0.3, String(p99));
    assert.ok(latencies[150]! < 3);
  });
});
