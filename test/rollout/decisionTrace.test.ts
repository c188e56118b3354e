import assert from 'node:assert/strict';
import { type Reading, read, unreadable } from '../../rollout/cluster';
import { decisionTraceCheck } from '../../rollout/decisionTrace';
import { NOON } from '../support/healthyPhase';

const check = (pods: Readonly<Record<string, Reading<number>>>, hard = false, minimum = 99) =>
  decisionTraceCheck(new Map(Object.entries(pods)), { minimum, hard }, NOON);
const S = 'write_success_rate of DecisionTrace';

describe('rollout/decisionTrace', () => {
  const rows: readonly [string, ReturnType<typeof check>, result: string, sentence: string][] = [
    [
      'passes at the limit',
      check({ a: read(0.99), b: read(1) }),
      'pass',
      `${S} is 99.00 % at the lowest of 2 pods, ≥ 99 % is needed`,
    ],
    [
      'warns of one pod below it',
      check({ a: read(1), b: read(0.98999) }),
      'warn',
      `${S} is 98.999 % at pod b, ≥ 99 % is needed`,
    ],
    ['fails where it is hard', check({ a: read(0.5) }, true), 'fail', `${S} is 50.00 % at pod a, ≥ 99 % is needed`],
    [
      'is unknown where one pod is',
      check({ a: read(1), b: unreadable('it is away') }),
      'unknown',
      `${S} cannot be read: pod b: it is away`,
    ],
    [
      'fails on what is known',
      check({ a: read(0.5), b: unreadable('it is away') }, true),
      'fail',
      `${S} is 50.00 % at pod a, ≥ 99 % is needed`,
    ],
    ['is unknown without a pod', check({}), 'unknown', `${S} cannot be read: no pod of Denis is Ready`],
    ['passes for one pod', check({ a: read(0.9) }, true, 90), 'pass', `${S} is 90.00 % at pod a, ≥ 90 % is needed`],
  ];
  for (const [what, found, result, sentence] of rows) {
    it(what, () => assert.deepEqual([found.result, found.sentence], [result, sentence]));
  }

  it('names a few pods of many', () => {
    const pods = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`p${index}`, unreadable('away')]));
    assert.match(check(pods).sentence, /pod p0: away; pod p1: away; pod p2: away; and 6 more pods$/);
  });
});
