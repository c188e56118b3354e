import assert from 'node:assert/strict';
import { reasonOf, UserError } from '../../phases/userError';

describe('phases/userError', () => {
  it('carries a stable code, a message that stands alone and its cause', () => {
    const cause = new Error('refused');
    const error = new UserError('cluster', 'the cluster cannot be read', { cause });
    assert.ok(error instanceof Error);
    assert.deepEqual(
      [error.name, error.code, error.message, error.cause],
      ['UserError', 'cluster', 'the cluster cannot be read', cause],
    );
  });

  it('gives the sentence of anything thrown, never a stack', () => {
    assert.equal(reasonOf(new Error('no route')), 'no route');
    assert.equal(reasonOf('text'), 'text');
    assert.equal(reasonOf(undefined), 'undefined');
  });
});
