import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ErrorDiffusion } from '../../../sandbox/denis/errorDiffusion';

const failuresAmong = (events: number, rate: number): number[] => {
  const diffusion = new ErrorDiffusion();
  return Array.from({ length: events }, (_, index) => index + 1).filter(() => diffusion.next(rate));
};

describe('error diffusion', () => {
  it('fails exactly every 25th event at a rate of 0.04', () => {
    assert.deepEqual(failuresAmong(100, 0.04), [25, 50, 75, 100]);
  });

  it('never fails at 0 and always at 1', () => {
    assert.deepEqual(failuresAmong(1_000, 0), []);
    assert.equal(failuresAmong(1_000, 1).length, 1_000);
  });

  it('is never one failure away from the rate, in any prefix', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 2_000 }), (rate, events) => {
        const failed = failuresAmong(events, rate).length;
        assert.ok(Math.abs(failed - rate * events) < 1 + 1e-6);
      }),
    );
  });

  it('spreads each key by itself', () => {
    const diffusion = new ErrorDiffusion();
    const fails = Array.from({ length: 8 }, (_, index) => diffusion.next(0.5, index % 2 === 0 ? '10' : '50'));
    assert.deepEqual(fails, [false, false, true, true, false, false, true, true]);
  });
});
