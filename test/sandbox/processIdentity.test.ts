import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identify, isRunning, signalProcess } from '../../sandbox/processIdentity';

describe('sandbox process identity', () => {
  it('knows a process until it has ended', async () => {
    const child = spawn('sleep', ['60']);
    const identity = identify('sleep', child.pid!);
    assert.ok(identity && isRunning(identity));
    const exited = once(child, 'exit');
    assert.equal(signalProcess(identity, 'SIGKILL'), true);
    await exited;
    assert.equal(isRunning(identity), false);
    assert.equal(signalProcess(identity, 'SIGKILL'), false);
  });

  it('never signals another process that was given the same pid', async () => {
    const child = spawn('sleep', ['60']);
    try {
      const earlier = { ...identify('sleep', child.pid!)!, startTime: '1' };
      assert.equal(isRunning(earlier), false);
      assert.equal(signalProcess(earlier, 'SIGKILL'), false);
      assert.ok(isRunning(identify('sleep', child.pid!)!));
    } finally {
      child.kill('SIGKILL');
    }
  });
});
