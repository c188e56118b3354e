import assert from 'node:assert/strict';
import { seconds } from '../../phases/units';
import { judge } from '../../rollout/assessment';
import { read, unreadable } from '../../rollout/cluster';
import { judgeGraph } from '../../rollout/graphIntegrity';
import { notConfigured, type SideCheck } from '../../rollout/sideChecks';
import { type LineResult, type PostRollout, validationOf } from '../../rollout/validation';
import { assessment, type Given } from '../support/assessments';
import { denisState, workersState } from '../support/clusterState';
import { NOON } from '../support/healthyPhase';
import { UNREACHABLE } from '../support/series';

const OFF: PostRollout = {
  graph: undefined,
  decisionTrace: notConfigured('decision-trace', 'decisiontrace writes', 'soft', 'decisionTrace'),
};
const workers = workersState({ replicas: 10, readyPods: 10 });
const COUNTS = { lastHour: 500, total: 12_000, averageAge: seconds(90_000), labelKnown: true };

interface World {
  readonly given?: Given;
  readonly beside?: Partial<PostRollout>;
  readonly sides?: readonly SideCheck[];
}

function validated({ given, beside, sides = [] }: World = {}) {
  const asked = assessment('canary-100', { live: 100, cluster: { workers }, ...given });
  return validationOf(judge({ ...asked, sides }), { ...OFF, ...beside });
}
const results = (world?: World): Record<string, LineResult> =>
  Object.fromEntries(validated(world).lines.map(({ id, result }) => [id, result]));

const side = (own: Partial<SideCheck>): SideCheck => ({
  id: 'error-lines',
  title: 'error lines',
  kind: 'information',
  result: 'info',
  sentence: 'none in the logs of 3 pods',
  at: NOON,
  ...own,
});

describe('rollout/validation', () => {
  it('passes when everything is so, and never shows what is off as passed', () => {
    const { word, exitCode } = validated();
    assert.deepEqual([word, exitCode], ['VALIDATED', 0]);
    assert.deepEqual(results(), {
      verdict: 'pass',
      exposure: 'pass',
      latch: 'pass',
      workers: 'pass',
      'check:success-rate': 'pass',
      'check:materializer-p99': 'pass',
      'check:error-rate': 'pass',
      'check:chat-p99': 'pass',
      'check:uptime': 'pass',
      rules: 'pass',
      graph: 'not configured',
      'decision-trace': 'not configured',
    });
  });

  const pods = (served: readonly (number | undefined)[]) =>
    denisState(100, {
      pods: served.map((pct, index) => ({
        ...denisState(100).pods[0]!,
        name: `p${index}`,
        serves: { pct, enabled: true },
      })),
    });
  const table: [string, World, string, LineResult, number][] = [
    ['the window is not complete', { given: { activatedAt: NOON - 3_600 } }, 'verdict', 'not yet', 10],
    ['success is too low', { given: { readings: { materializer_success_rate: 0.9 } } }, 'verdict', 'fail', 20],
    ['errors are an emergency', { given: { readings: { error_rate: 0.2 } } }, 'verdict', 'fail', 21],
    ['a soft check fails', { given: { readings: { chat_latency_p99: 0.43 } } }, 'check:chat-p99', 'fail', 1],
    ['a soft check has no data', { given: { ledger: { baseline: undefined } } }, 'check:chat-p99', 'unknown', 10],
    ['a hard metric is unreachable', { given: { readings: { uptime: UNREACHABLE } } }, 'check:uptime', 'unknown', 3],
    ['another phase is live', { given: { live: 50 } }, 'exposure', 'fail', 1],
    ['a pod serves less', { given: { denis: pods([100, 50]) } }, 'exposure', 'fail', 1],
    ['a latch stands', { given: { ledger: { latch: { by: 'a', at: 'b', reason: 'c' } } } }, 'latch', 'fail', 1],
    ['there is no ledger', { given: { ledger: undefined } }, 'latch', 'unknown', 10],
    [
      'workers are missing',
      { given: { cluster: { workers: workersState({ replicas: 10, readyPods: 9 }) } } },
      'workers',
      'fail',
      1,
    ],
    [
      'workers are unread',
      { given: { cluster: { workers: undefined, unread: ['workers: forbidden'] } } },
      'workers',
      'unknown',
      3,
    ],
    ['the graph is well', { beside: { graph: judgeGraph(read(COUNTS), read(505), 10) } }, 'graph', 'pass', 0],
    ['the graph lost writes', { beside: { graph: judgeGraph(read(COUNTS), read(900), 10) } }, 'graph', 'fail', 1],
    [
      'no job tells what the graph should hold',
      { beside: { graph: judgeGraph(read(COUNTS), read(0), 10) } },
      'graph',
      'unknown',
      10,
    ],
    [
      'Neo4j is away',
      { beside: { graph: judgeGraph(unreadable('Neo4j: refused'), read(1), 10) } },
      'graph',
      'unknown',
      3,
    ],
    [
      'traces are lost',
      { beside: { decisionTrace: side({ id: 'decision-trace', kind: 'soft', result: 'warn' }) } },
      'decision-trace',
      'fail',
      1,
    ],
    ['the logs have no error', { sides: [side({})] }, 'error-lines', 'pass', 0],
    ['the logs have errors', { sides: [side({ lines: ['2 × in 1 pods: ERROR'] })] }, 'error-lines', 'fail', 1],
    ['a log cannot be read', { sides: [side({ result: 'unknown' })] }, 'error-lines', 'unknown', 3],
    ['jobs run', { sides: [side({ id: 'celery', lines: ['2 × tasks.run runs'] })] }, 'celery', 'pass', 0],
    ['no worker answers', { sides: [side({ id: 'celery', result: 'unknown' })] }, 'celery', 'unknown', 3],
  ];
  for (const [title, world, id, result, exitCode] of table) {
    it(`says ${result} of ${id} and ends with ${exitCode} when ${title}`, () => {
      assert.equal(results(world)[id], result, JSON.stringify(validated(world).lines));
      assert.equal(validated(world).exitCode, exitCode, JSON.stringify(validated(world).lines));
    });
  }

  it('tells both counts of the graph', () => {
    const { lines } = validated({ beside: { graph: judgeGraph(read(COUNTS), read(505), 10) } });
    const { sentence } = lines.find(({ id }) => id === 'graph')!;
    assert.match(sentence, /^500 Materializer nodes were created in the last hour, .*; in all 12000, 25h00m old/);
  });
});
