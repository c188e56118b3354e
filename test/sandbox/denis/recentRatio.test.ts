import assert from 'node:assert/strict';
import { RecentRatio } from '../../../sandbox/denis/recentRatio';

describe('ratio of the last seconds', () => {
  it('is 1 before anything happened', () => assert.equal(new RecentRatio().value(0), 1));

  it('counts the last 5 s and nothing older', () => {
    const ratio = new RecentRatio();
    ratio.add(1_000, false);
    ratio.add(4_000, true);
    assert.equal(ratio.value(4_000), 0.5);
    assert.equal(ratio.value(5_999), 0.5);
    assert.equal(ratio.value(6_250), 1);
  });

  it('keeps its last value while nothing happens', () => {
    const ratio = new RecentRatio();
    for (const good of [true, true, true, false]) ratio.add(1_000, good);
    assert.equal(ratio.value(1_000_000), 0.75);
    ratio.add(1_000_001, true);
    assert.equal(ratio.value(1_000_001), 1);
  });
});
