import assert from 'node:assert/strict';
import { type CeleryLook, celeryCheck, countJobs, taskName } from '../../rollout/celeryJobs';
import { read, unreadable } from '../../rollout/cluster';
import { NOON } from '../support/healthyPhase';

const jobs = (materializer: number, { others = 0, workers = 2 } = {}) =>
  read({ workers, materializer, others, names: [] });
const IDLE: CeleryLook = { active: jobs(0), reserved: jobs(0), scheduled: jobs(0), queue: read(0) };
const found = (own: Partial<CeleryLook>, expected?: number) =>
  celeryCheck({ ...IDLE, ...own }, { queue: 'tools_mut', expected, at: NOON });

describe('rollout/celeryJobs', () => {
  it('counts the jobs of the materializer by their names', () => {
    const counted = countJobs(3, ['a.Materializer.b', 'mail', 'a.Materializer.b', 'materialize'], /materializ/i);
    assert.deepEqual(counted, {
      workers: 3,
      materializer: 3,
      others: 1,
      names: [
        { name: 'a.Materializer.b', count: 2 },
        { name: 'materialize', count: 1 },
      ],
    });
  });

  it('names a few of many', () => {
    const many = Array.from({ length: 40 }, (_, index) => `materializer-${index}`);
    const { materializer, names } = countJobs(1, many, /materializer/);
    assert.deepEqual([materializer, names.length], [40, 5]);
  });

  it('makes a name plain, one line, and short', () => {
    assert.equal(taskName('a\u001b[31m\nb\u202e'), 'a[31m b');
    assert.equal(taskName('x'.repeat(1_000_000)).length, 80);
  });

  const sentences: readonly [string, ReturnType<typeof found>, result: string, sentence: string][] = [
    [
      'what is there',
      found({ active: jobs(2), reserved: jobs(4, { others: 3 }), queue: read(7) }),
      'info',
      '2 running, 4 reserved, 0 scheduled (and 3 other jobs); 7 wait in queue tools_mut',
    ],
    [
      'one reason for all once',
      found({ active: unreadable('no'), reserved: unreadable('no'), scheduled: unreadable('no'), queue: read(3) }),
      'unknown',
      'running, reserved, scheduled not known: no; 3 wait in queue tools_mut',
    ],
    [
      'that the queue cannot be read',
      found({ queue: unreadable('Redis: gone') }),
      'unknown',
      '0 running, 0 reserved, 0 scheduled; the queue cannot be read: Redis: gone',
    ],
    [
      'that a worker did not answer',
      found({}, 3),
      'unknown',
      '0 running, 0 reserved, 0 scheduled; only 2 workers answered, 3 worker pods are Ready; 0 wait in queue tools_mut',
    ],
  ];
  for (const [what, { result, sentence }, expected, said] of sentences) {
    it(`says ${what}`, () => {
      assert.deepEqual([result, sentence], [expected, said]);
    });
  }
});
