import assert from 'node:assert/strict';
import { addressBlock, claimAddressBlock } from '../../sandbox/addressBlock';

describe('sandbox address block', () => {
  it('gives every block a loopback network and ports of its own, below the ports of outgoing connections', () => {
    const blocks = Array.from({ length: 750 }, (_, index) => addressBlock(index));
    const ports = blocks.flatMap((block) => Object.values(block.ports));
    assert.equal(new Set(blocks.map(({ prefix }) => prefix)).size, blocks.length);
    assert.equal(new Set(ports).size, ports.length);
    assert.ok(Math.max(...ports) < 32_768);
    for (const { prefix } of blocks) assert.match(prefix, /^127\.(6[4-9])\.([1-9]\d{0,2})$/);
  });

  it('hands out a block once until it is released', async () => {
    const first = await claimAddressBlock();
    const second = await claimAddressBlock();
    try {
      assert.notEqual(first.block.index, second.block.index);
    } finally {
      await first.release();
      await second.release();
    }
  });
});
