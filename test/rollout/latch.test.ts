import assert from 'node:assert/strict';
import { latchSentence, latchText, latchTextSentence, readLatch } from '../../rollout/latch';

const LATCH = { by: 'eva@host', at: '2026-11-26T03:12:00.000Z', reason: 'the queue runs full' };

describe('rollout/latch', () => {
  it('is read as it was written, with and without the workers that a resume gives back', () => {
    for (const latch of [LATCH, { ...LATCH, workers: 6 }]) assert.deepEqual(readLatch(latchText(latch)), latch);
  });

  it('says who, when and why', () => {
    const sentence = 'latched by eva@host at 2026-11-26T03:12:00.000Z: the queue runs full';
    assert.equal(latchSentence(LATCH), sentence);
    assert.equal(latchTextSentence(latchText(LATCH)), sentence);
  });

  for (const text of ['', 'eva', '{}', '{"by":"eva"}', '"eva"', 'null', '{"by":1,"at":"","reason":""}']) {
    it(`keeps a text that nobody here wrote: ${JSON.stringify(text)}`, () => {
      assert.equal(readLatch(text), undefined);
      assert.equal(latchTextSentence(text), `the Deployment carries a latch (${text})`);
    });
  }
});
