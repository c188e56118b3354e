import assert from 'node:assert/strict';
import { SandboxError } from '../../sandbox/sandboxError';
import { waitFor } from '../../sandbox/waitFor';

describe('sandbox wait', () => {
  it('returns the first value that is there', async () => {
    let calls = 0;
    const probe = async () => (++calls < 3 ? undefined : calls);
    assert.equal(await waitFor(probe, { what: 'three', deadlineMs: 5_000, intervalMs: 1 }), 3);
  });

  it('tells at the deadline what it waited for and the last error', async () => {
    const probe = () => Promise.reject(new Error('connection refused'));
    await assert.rejects(waitFor(probe, { what: 'the moon', deadlineMs: 10, intervalMs: 1 }), (error: SandboxError) => {
      assert.equal(error.code, 'SANDBOX_TIMEOUT');
      assert.equal(error.message, 'waited 0.01 s for the moon: connection refused');
      return true;
    });
  });

  it('ends with the reason of its signal', async () => {
    const abort = new AbortController();
    const reason = new SandboxError('SANDBOX_STOPPED', 'told to stop');
    const waiting = waitFor(async () => undefined, {
      what: 'never',
      deadlineMs: 60_000,
      intervalMs: 1,
      signal: abort.signal,
    });
    abort.abort(reason);
    await assert.rejects(waiting, reason);
  });
});
