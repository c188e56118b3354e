import assert from 'node:assert/strict';
import { readingsOf } from '../../../act/killSwitch/readings';
import type { KillReading } from '../../../observe/killReading';

/** Readings whose end the test decides. */
function controlled() {
  const begun: { resolve: (token: string) => void; reject: (error: Error) => void }[] = [];
  const read = () =>
    new Promise<KillReading>((resolve, reject) => {
      const done = (token: string): void =>
        resolve({ uid: 'u', denis: undefined, workers: undefined, token, unlisted: undefined });
      begun.push({ resolve: done, reject });
    });
  return { begun, read };
}

describe('act/killSwitch/readings', () => {
  it('begins the first reading at once, and one for all who ask during it', async () => {
    const { begun, read } = controlled();
    const seen: (string | undefined)[] = [];
    const readings = readingsOf(read, ({ token }) => seen.push(token));
    assert.equal(begun.length, 1);
    const asked = [readings.fresh(), readings.fresh()];
    assert.equal(begun.length, 1);
    begun[0]!.resolve('first');
    assert.equal((await readings.first).token, 'first');
    while (begun.length < 2) await new Promise(setImmediate);
    begun[1]!.resolve('second');
    assert.deepEqual(
      (await Promise.all(asked)).map(({ token }) => token),
      ['second', 'second'],
    );
    assert.deepEqual([begun.length, seen, readings.latest?.token], [2, ['first', 'second'], 'second']);
  });

  it('never answers with a reading that began before the question', async () => {
    const { begun, read } = controlled();
    const readings = readingsOf(read, () => {});
    begun[0]!.resolve('first');
    await readings.first;
    await new Promise(setImmediate);
    const asked = readings.fresh();
    assert.equal(begun.length, 2);
    begun[1]!.resolve('second');
    assert.equal((await asked).token, 'second');
  });

  it('begins anew after one that failed, and keeps what was read last', async () => {
    const { begun, read } = controlled();
    const readings = readingsOf(read, () => {});
    begun[0]!.resolve('first');
    await readings.first;
    await new Promise(setImmediate);
    const failing = readings.fresh();
    const next = readings.fresh();
    begun[1]!.reject(new Error('down'));
    await assert.rejects(failing, /down/);
    while (begun.length < 3) await new Promise(setImmediate);
    assert.equal(readings.latest?.token, 'first');
    begun[2]!.resolve('third');
    assert.equal((await next).token, 'third');
  });
});
