import assert from 'node:assert/strict';
import { collector, tool } from './support';

interface Progress {
  note(line: string): void;
  step<T>(what: string, work: (during: (doing: string) => void) => Promise<T>): Promise<T>;
}
const { createProgress, elapsed } = tool<{
  createProgress: (stream: object, n: number, now: () => number) => Progress;
  elapsed: (ms: number) => string;
}>('progress');

describe('tools/progress', () => {
  const clock = () => {
    let ms = 0;
    return () => {
      ms += 65_000;
      return ms;
    };
  };

  it('writes one line per finished step where there is no terminal', async () => {
    const out = collector();
    const progress = createProgress(out, 2, clock());
    progress.note('kubectl is new');
    assert.equal(await progress.step('etcd', async () => 7), 7);
    await assert.rejects(
      progress.step('kwok', async () => {
        throw new Error('no');
      }),
    );
    assert.equal(out.text(), 'kubectl is new\nstep 1 of 2  etcd  1m05s\nstep 2 of 2  kwok  not finished  1m05s\n');
  });

  it('updates one line on a terminal, never wider than it', async () => {
    const out = collector();
    const progress = createProgress({ ...out, isTTY: true, columns: 30 }, 1, clock());
    await progress.step('etcd', async (during) => during('waiting for process 4711'));
    const lines = out.text().split('\r\u001b[K');
    assert.deepEqual(lines, [
      '',
      'step 1 of 1  etcd  1m05s',
      'step 1 of 1  etcd, waiting fo',
      'step 1 of 1  etcd  3m15s\n',
    ]);
  });

  it('tells times in seconds and minutes', () => {
    assert.deepEqual([0, 59_999, 60_000, 3_600_000].map(elapsed), ['0s', '59s', '1m00s', '60m00s']);
  });
});
