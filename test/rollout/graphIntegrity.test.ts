import assert from 'node:assert/strict';
import { seconds } from '../../phases/units';
import { read, unreadable } from '../../rollout/cluster';
import { type GraphCounts, judgeGraph } from '../../rollout/graphIntegrity';

const counts = (more: Partial<GraphCounts> = {}) =>
  read<GraphCounts>({ lastHour: 100, total: 5_000, averageAge: seconds(90_000), labelKnown: true, ...more });

describe('rollout/graphIntegrity', () => {
  const rows: [string, ReturnType<typeof counts>, number, string, RegExp][] = [
    ['equal counts', counts(), 100, 'pass', /^100 Materializer nodes .* for 100 jobs that succeeded$/],
    ['a difference on the tolerance', counts({ lastHour: 90 }), 100, 'pass', /^90 /],
    ['fewer nodes than that', counts({ lastHour: 89 }), 100, 'fail', /more than 10 % apart: writes are lost$/],
    ['more nodes than that', counts({ lastHour: 111 }), 100, 'fail', /jobs write twice, or somebody else writes$/],
    ['a few jobs in flight', counts({ lastHour: 2 }), 5, 'pass', /^2 /],
    [
      'no node at all for jobs',
      counts({ lastHour: 0 }),
      5,
      'fail',
      /^no node was created in the last hour, for 5 jobs/,
    ],
    ['no job in that hour', counts({ lastHour: 0 }), 0, 'unknown', /^no job succeeded in the last hour/],
    ['nodes without any job', counts({ lastHour: 4 }), 0, 'unknown', /^no job succeeded in the last hour/],
    [
      'a label that is not there',
      counts({ lastHour: 0, total: 0, labelKnown: false }),
      5,
      'fail',
      /knows no label Materializer/,
    ],
    ['nodes of the future', counts({ averageAge: seconds(-120) }), 100, 'fail', /2m00s in the future on average/],
    ['nodes of 1970', counts({ averageAge: seconds(56 * 365.25 * 86_400) }), 100, 'fail', /are 56 years old/],
  ];
  for (const [what, found, succeeded, status, sentence] of rows) {
    it(`is ${status} on ${what}`, () => {
      const judged = judgeGraph(found, read(succeeded), 10);
      assert.equal(judged.status, status, judged.sentence);
      assert.match(judged.sentence, sentence);
    });
  }

  it('fails nodes without a time of creation', () => {
    const found = read<GraphCounts>({ lastHour: 0, total: 1, labelKnown: true });
    assert.deepEqual(judgeGraph(found, read(0), 10).status, 'fail');
  });

  it('never passes what cannot be read', () => {
    assert.deepEqual(judgeGraph(unreadable('Neo4j is down'), read(100), 10), {
      status: 'unknown',
      sentence: 'Neo4j is down',
    });
    const judged = judgeGraph(counts(), unreadable('Prometheus is down'), 10);
    assert.equal(judged.status, 'unknown');
    assert.match(judged.sentence, /is not known: Prometheus is down$/);
  });

  it('sees what is wrong with the graph even without the number of jobs', () => {
    const found = counts({ averageAge: seconds(-1) });
    assert.equal(judgeGraph(found, unreadable('Prometheus is down'), 10).status, 'fail');
  });
});
