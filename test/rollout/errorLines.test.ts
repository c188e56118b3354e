import assert from 'node:assert/strict';
import { errorLinesCheck, groupErrors, type PodLog } from '../../rollout/errorLines';
import { NOON } from '../support/healthyPhase';

const log = (pod: string, ...lines: string[]): PodLog => ({ pod, lines, cut: false });
const grouped = (...logs: PodLog[]) => groupErrors(logs, /materializ/i, ['hunter2-secret']);
const shapeOf = (line: string): string | undefined => grouped(log('a', line)).groups[0]?.shape;

describe('rollout/errorLines', () => {
  const counts: readonly [string, boolean][] = [
    ['ERROR materializer: write failed', true],
    ['ValueError in Materializer', true],
    ['materializer: unhandled exception', true],
    ['FATAL materializers', true],
    ['Traceback of the materializer', true],
    ['{"level":"error","message":"materializer gave up"}', true],
    ['{"severity":"CRITICAL","msg":"materializer gave up"}', true],
    ['INFO materializer: wrote 3', false],
    ['materializer error_rate=0', false],
    ['{"level":"info","message":"materializer error budget is whole"}', false],
    ['ERROR mail: not sent', false],
    ['{"level":"error", materializer', true],
  ];
  for (const [line, counted] of counts) {
    it(`${counted ? 'counts' : 'does not count'} ${line}`, () => {
      assert.equal(grouped(log('a', line)).lines, counted ? 1 : 0);
    });
  }

  it('takes lines that differ in numbers, ids and times for one', () => {
    const found = grouped(
      log('a', '2026-11-27T13:00:01.5Z ERROR materializer job 17 of 6c7ce28c-509b-4887-b446-4c56d8dd6697 took 1.5 s'),
      log('b', '2026-11-27 13:00:02,1 ERROR materializer job 9 of 00000000-509b-4887-b446-4c56d8dd6697 took 30 s'),
      log('b', 'ERROR materializer: other'),
    );
    assert.deepEqual(found.groups, [
      { shape: 'ERROR materializer job <n> of <id> took <n> s', count: 2, pods: 2 },
      { shape: 'ERROR materializer: other', count: 1, pods: 1 },
    ]);
  });

  it('shows the message of a line that is a record', () => {
    assert.equal(shapeOf('{"level":"error","message":"materializer 7 gave up","id":"x"}'), 'materializer <n> gave up');
  });

  it('shows no secret, known or not, and no control character', () => {
    const shape = shapeOf(
      'ERROR materializer\u001b[31m redis://ana:pw12345@host/0 password=abc hunter2-secret Bearer abcdefgh1234',
    );
    assert.equal(shape, 'ERROR materializer[<n>m redis://[secret]@host/<n> password=[secret] [secret] Bearer [secret]');
  });

  it('is bounded, however long and many the lines are', () => {
    const { groups, lines, shapes } = grouped(
      log(
        'a',
        ...Array.from({ length: 3_000 }, (_, index) => `ERROR materializer ${word(index)} ${'y'.repeat(50_000)}`),
      ),
    );
    assert.deepEqual([lines, shapes, groups.length], [3_000, 3_000, 1_000]);
    assert.ok(groups.every(({ shape }) => shape.length <= 160));
  });

  const check = (...logs: PodLog[]) =>
    errorLinesCheck(logs, { about: /materializ/i, secrets: [], since: 'noon', at: NOON });

  it('says how many there are, the groups below it, and how many more', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `ERROR materializer ${word(index)}`);
    const found = check(log('a', ...lines, lines[0]!), log('b'));
    assert.deepEqual([found.result, found.sentence], ['info', '13 in 12 groups in the logs of 2 pods since noon']);
    assert.equal(found.lines!.length, 11);
    assert.equal(found.lines![0], `2 × in 1 pods: ERROR materializer ${word(0)}`);
    assert.equal(found.lines![10], 'and 2 more groups');
  });

  it('does not take a log that was not read for one without errors', () => {
    const unread = { ...log('b'), unread: 'forbidden' };
    assert.deepEqual(
      [check(log('a'), unread), check(unread), check()].map(({ result, sentence }) => [result, sentence]),
      [
        ['unknown', 'none in the logs of 1 pods since noon; 1 pods not read: pod b: forbidden'],
        ['unknown', '1 pods not read: pod b: forbidden'],
        ['unknown', 'there is no pod of Denis'],
      ],
    );
  });

  it('says that older lines were not read', () => {
    assert.match(check({ ...log('a'), cut: true }).sentence, /^none in .*; older lines of 1 pods were not read$/);
  });
});

/** A word of letters alone, another one for each number. */
const word = (index: number): string =>
  [...String(index)].map((digit) => String.fromCharCode('k'.charCodeAt(0) + Number(digit))).join('');
