import assert from 'node:assert/strict';
import { ReleaseStack } from '../../sandbox/releaseStack';

describe('sandbox release stack', () => {
  it('releases in reverse order, everything, once, and then throws the first error', async () => {
    const stack = new ReleaseStack();
    const order: string[] = [];
    stack.add(() => void order.push('first'));
    stack.add(async () => {
      order.push('second');
      throw new Error('second failed');
    });
    stack.add(() => void order.push('third'));
    await assert.rejects(stack.releaseAll(), /second failed/);
    await stack.releaseAll();
    assert.deepEqual(order, ['third', 'second', 'first']);
  });
});
