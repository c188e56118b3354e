import assert from 'node:assert/strict';
import { effectsOf, HEALTHY, parseScenario, SCENARIO_NAMES } from '../../../sandbox/denis/scenario';

describe('scenarios of Denis', () => {
  it('knows each by its name, with defaults for everything else', () => {
    for (const name of SCENARIO_NAMES) assert.equal(parseScenario({ name }).scenario.name, name);
    assert.deepEqual(parseScenario({ name: 'failing-jobs' }).scenario, { name: 'failing-jobs', rate: 0.04 });
    assert.deepEqual(SCENARIO_NAMES, [
      'healthy',
      'failing-jobs',
      'global-errors',
      'slow-jobs',
      'slow-chat',
      'chat-down',
      'queue-flood',
      'worker-oom',
      'memory-high',
      'stale-workers',
      'trace-drops',
      'metrics-silent',
      'nan',
      'percent-for-ratio',
      'duplicate-series',
    ]);
  });

  const refusals: [string, unknown, RegExp][] = [
    ['an unknown name', { name: 'failing' }, /expected one of the names healthy, failing-jobs.*found "failing"/s],
    ['no name', {}, /expected one of the names healthy.*found none/s],
    ['no object', 'healthy', /expected object/],
    ['an unknown field', { name: 'failing-jobs', ratio: 1 }, /ratio.*\(fields: rate, pods, chatsPerSecond\)/s],
    ['a rate that is no ratio', { name: 'failing-jobs', rate: 4 }, /rate/],
    ['a rate that is text', { name: 'failing-jobs', rate: '0.04' }, /rate/],
    ['an unknown component', { name: 'memory-high', component: 'redis' }, /component/],
    ['a negative load', { name: 'healthy', chatsPerSecond: -1 }, /chatsPerSecond/],
  ];
  for (const [what, body, message] of refusals) {
    it(`refuses ${what}`, () => assert.throws(() => parseScenario(body), message));
  }

  it('takes the load along', () => {
    assert.deepEqual(parseScenario({ name: 'healthy', chatsPerSecond: 5 }), { scenario: HEALTHY, chatsPerSecond: 5 });
  });

  it('touches only the pods it names', () => {
    const active = { scenario: parseScenario({ name: 'slow-jobs', p99: 7, pods: ['denis-1'] }).scenario, since: 0 };
    assert.equal(effectsOf(active, 'denis-1').jobP99, 7);
    assert.equal(effectsOf(active, 'denis-2').jobP99, 0.9);
  });
});
