import assert from 'node:assert/strict';
import { LADDER } from '../../phases/ladder';
import type { Phase, RuleSpec } from '../../phases/phase';
import { promDuration } from '../../phases/promql';
import { type Monitoring, parseBaseSettings, type RawSettings } from '../../phases/settings';
import { seconds } from '../../phases/units';
import { alertGroups } from '../../resources/alertRules';
import { dashboardModel } from '../../resources/dashboardModel';
import { type RollbackAlert, rollbackAlerts } from '../../resources/rollbackAlerts';
import { promtool, type RuleTest, testRules } from './support/promtool';

const BASELINE = 0.3;
const monitoringOf = (own: RawSettings = {}): Monitoring =>
  parseBaseSettings({ context: 'x', clusterUid: 'x', alertRules: true, baselineChatP99: BASELINE, ...own }).monitoring!;

const MONITORING = monitoringOf();
const { timing } = MONITORING;
const INTERVAL = timing.scrapeInterval;
/** Until here a metric lies on its limit, from here on beyond it: longer than any `for`, warm-up and look-back. */
const TURN = 12 * 60;
const END = 31 * 60;
/** What has been violated from the start on fires by now. */
const LONG = 15 * 60;
const PODS = ['denis-5d9c7b6f4-aaaaa', 'denis-5d9c7b6f4-bbbbb', 'denis-5d9c7b6f4-ccccc'];

/** What every pod reports, by time in seconds since the start. Jobs are those of one interval. */
interface World {
  readonly pct: (time: number) => number;
  readonly success: (time: number) => number;
  readonly error: (time: number) => number;
  readonly queue: (time: number) => number;
  readonly chat: (time: number) => number;
  readonly memory: (time: number) => number;
  readonly jobs: number;
}

const always = (value: number) => (): number => value;
const HEALTHY: World = {
  pct: always(0),
  success: always(1),
  error: always(0),
  queue: always(0),
  chat: always(BASELINE),
  memory: always(0.5),
  jobs: 100,
};

/** How Denis writes down a world: as gauges, or with counters, a histogram, percent and other names. */
type Service = (world: World) => RuleTest['input_series'];

const valuesOf = (of: (time: number) => number): string => {
  const values: number[] = [];
  for (let time = 0; time <= END; time += INTERVAL) values.push(of(time));
  return values.join(' ');
};
const counting = (of: (time: number) => number): string => {
  let total = 0;
  return valuesOf((time) => {
    total += of(time);
    return total;
  });
};
const onEveryPod = (of: (pod: string) => readonly [series: string, values: string][]): RuleTest['input_series'] =>
  PODS.flatMap((pod) => of(`namespace="denis",pod="${pod}"`).map(([series, values]) => ({ series, values })));

const asGauges: Service = ({ pct, success, error, queue, chat, memory, jobs }) =>
  onEveryPod((pod) => [
    [`materializer_pct{${pod}}`, valuesOf(pct)],
    [`materializer_new{${pod}}`, counting(always(jobs))],
    [`materializer_success_rate{${pod}}`, valuesOf(success)],
    [`error_rate{${pod}}`, valuesOf(error)],
    [`queue_depth{${pod},queue="tools_mut"}`, valuesOf(queue)],
    [`chat_latency_p99{${pod}}`, valuesOf(chat)],
    [`memory_usage{${pod},component="api"}`, valuesOf(always(0.5))],
    [`memory_usage{${pod},component="workers"}`, valuesOf(memory)],
  ]);

/** The edge of the histogram is the limit of the chat rule. */
const EDGE = Number((BASELINE * 1.3).toPrecision(12));
const asCounters: Service = ({ pct, success, error, queue, chat, memory, jobs }) =>
  onEveryPod((pod) => [
    [`materializer_pct{${pod}}`, valuesOf(pct)],
    [`jobs_total{${pod},result="success"}`, counting((time) => jobs * success(time))],
    [`jobs_total{${pod},result="failure"}`, counting((time) => jobs * (1 - success(time)))],
    [`requests_total{${pod},code="500"}`, counting((time) => 1000 * error(time))],
    [`requests_total{${pod},code="200"}`, counting((time) => 1000 * (1 - error(time)))],
    [`celery_queue{${pod}}`, valuesOf(queue)],
    [`chat_seconds_bucket{${pod},le="0.1"}`, counting(always(0))],
    [`chat_seconds_bucket{${pod},le="${EDGE}"}`, counting((time) => (chat(time) <= EDGE ? 100 : 0))],
    [`chat_seconds_bucket{${pod},le="1"}`, counting(always(100))],
    [`chat_seconds_bucket{${pod},le="+Inf"}`, counting(always(100))],
    [`memory_percent{${pod},component="workers"}`, valuesOf((time) => memory(time) * 100)],
  ]);
const COUNTERS: RawSettings = {
  metrics: {
    materializer_success_rate: { counters: { part: 'jobs_total{result="success"}', whole: 'jobs_total' } },
    error_rate: { counters: { part: 'requests_total{code="500"}', whole: 'requests_total' } },
    queue_depth: { query: 'max by (pod) (celery_queue)' },
    chat_latency_p99: { histogram: 'chat_seconds' },
    memory_usage: { series: 'memory_percent', unit: 'percent' },
  },
};

/** Two worlds of a phase in which the rules' metrics lie on the limits until the turn, and beyond them from then on. */
function worldsBeyond({ rules, exposure }: Phase): readonly [alerts: RegExp, world: World][] {
  const limitOf = (id: RuleSpec['id']): number => {
    const rule = rules.find((one) => one.id === id);
    return rule !== undefined && 'limit' in rule ? rule.limit : 0.5;
  };
  const from = (before: number, after: number) => (time: number) => (time < TURN ? before : after);
  const beyond = (limit: number, step: number) => from(limit, limit + step);
  const live = { ...HEALTHY, pct: always(exposure) };
  return [
    [
      /(SuccessBelow|ErrorAbove|QueueAbove|Baseline|MemoryAbove)$/,
      {
        ...live,
        success: beyond(limitOf('success-below'), -0.01),
        error: beyond(limitOf('error-above'), 0.01),
        queue: beyond(limitOf('queue-above'), 1),
        chat: beyond(EDGE, 0.1),
        memory: beyond(limitOf('memory-above'), 0.01),
      },
    ],
    [/(Matrix|Five)$/, { ...live, success: from(0.99, 0.5), error: beyond(0.05, 0.01) }],
  ];
}

/** Every rule is violated, always. */
const WORST: World = {
  ...HEALTHY,
  success: always(0.5),
  error: always(0.06),
  queue: always(501),
  chat: always(0.49),
  memory: always(0.91),
};

const at = (time: number): string => promDuration(seconds(time));

/** What is asked of Prometheus' own ALERTS at one time: whether this alert of this phase fires. */
function fires(alert: RollbackAlert, time: number, expected: boolean) {
  const { name, phase, verdict } = alert;
  const component = name === 'MaterializersMemoryAbove' ? 'component="workers",' : '';
  const labels = `ALERTS{alertname="${name}",alertstate="firing",${component}phase="${phase}",severity="critical",verdict="${verdict}"}`;
  return {
    expr: `ALERTS{alertname="${name}",phase="${phase}",alertstate="firing"}`,
    eval_time: at(time),
    exp_samples: expected ? [{ labels, value: 1 }] : [],
  };
}

const phaseOf = ({ phase }: RollbackAlert): Phase => LADDER.find(({ name }) => name === phase)!;
const below = (phase: Phase): number => LADDER[LADDER.indexOf(phase) - 1]?.exposure ?? 0;
const titleOf = ({ name, phase }: RollbackAlert): string => `${name} at ${phase}`;
const test = (name: string, input: RuleTest['input_series'], asked: RuleTest['promql_expr_test']): RuleTest => ({
  name,
  interval: at(INTERVAL),
  input_series: input,
  promql_expr_test: asked ?? [],
});

async function assertContent(tests: readonly RuleTest[], monitoring = MONITORING): Promise<void> {
  assert.ok(tests.length > 0);
  assert.equal(await testRules(alertGroups(monitoring), at(INTERVAL), tests), undefined);
}

describe('the alert rules', function () {
  this.timeout(60_000);
  const { alerts } = rollbackAlerts(MONITORING);

  it('are every rule of the plan that metrics can express, phase by phase', () => {
    const names = (phase: string) =>
      alerts.filter((alert) => alert.phase === phase).map((alert) => `${alert.name} ${alert.violation}`);
    assert.deepEqual(names('canary-1'), ['MaterializersSuccessBelow < 0.9', 'MaterializersErrorAbove > 0.05']);
    assert.deepEqual(names('canary-10'), [
      'MaterializersSuccessBelow < 0.93',
      'MaterializersErrorAbove > 0.03',
      'MaterializersErrorAboveFive > 0.05',
      'MaterializersQueueAbove > 500',
    ]);
    assert.deepEqual(names('canary-50'), [
      'MaterializersSuccessBelow < 0.95',
      'MaterializersErrorAbove > 0.03',
      'MaterializersErrorAboveFive > 0.05',
      'MaterializersQueueAbove > 500',
      'MaterializersChatP99AboveBaseline > 0.39',
      'MaterializersMemoryAbove > 0.9',
    ]);
    assert.deepEqual(names('canary-100'), [
      'MaterializersSuccessBelow < 0.95',
      'MaterializersSuccessNotAboveMatrix <= 0.98',
      'MaterializersErrorAbove > 0.03',
      'MaterializersErrorAboveFive > 0.05',
      'MaterializersQueueAbove > 500',
      'MaterializersChatP99AboveBaseline > 0.39',
      'MaterializersMemoryAbove > 0.9',
    ]);
    const severe = alerts.filter(({ verdict }) => verdict === 'EMERGENCY').map(titleOf);
    assert.deepEqual(severe, ['MaterializersErrorAboveFive at canary-100']);
  });

  it('leave out, with the reason, what has no baseline or no series', () => {
    const { baselineChatP99: _, ...without } = MONITORING;
    assert.deepEqual(rollbackAlerts(without).leftOut, [
      { phase: 'canary-50', rule: 'chat-p99-above-baseline', reason: 'canary:baselineChatP99 is not set' },
      { phase: 'canary-100', rule: 'chat-p99-above-baseline', reason: 'canary:baselineChatP99 is not set' },
    ]);
    const off = monitoringOf({ metrics: { memory_usage: { off: 'no limits are set' } } });
    assert.deepEqual(
      rollbackAlerts(off).leftOut.map(({ phase, reason }) => [phase, reason]),
      [
        ['canary-50', 'its series is switched off: no limits are set'],
        ['canary-100', 'its series is switched off: no limits are set'],
      ],
    );
    assert.deepEqual(rollbackAlerts(MONITORING).leftOut, []);
  });

  for (const [name, monitoring] of Object.entries({ gauges: MONITORING, counters: monitoringOf(COUNTERS) })) {
    it(`of ${name} pass promtool's check, lints included`, async () => {
      const { code, output } = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yml'], {
        'rules.yml': { groups: alertGroups(monitoring) },
      });
      assert.equal(code, 0, output);
      assert.match(output, /SUCCESS: 19 rules found/);
    });
  }

  const services = [
    { as: 'gauges', monitoring: MONITORING, service: asGauges },
    { as: 'counters', monitoring: monitoringOf(COUNTERS), service: asCounters },
  ];
  for (const { as, monitoring, service } of services) {
    it(`of ${as} fire once their limit was passed for as long as the plan says, not an interval earlier, and not on it`, async () => {
      const own = rollbackAlerts(monitoring).alerts;
      const asked: string[] = [];
      const tests = LADDER.flatMap((phase) =>
        worldsBeyond(phase).flatMap(([which, world]) => {
          const chosen = own.filter((alert) => alert.phase === phase.name && which.test(alert.name));
          asked.push(...chosen.map(titleOf));
          // Also with a percentage set by hand, between the phase below and this one.
          return [phase.exposure, (below(phase) + phase.exposure) / 2].map((pct) =>
            test(
              `${phase.name}, ${pct} %, ${which.source}`,
              service({ ...world, pct: always(pct) }),
              chosen.flatMap((alert) => [
                fires(alert, TURN - INTERVAL, false),
                fires(alert, TURN + alert.for - INTERVAL, false),
                fires(alert, TURN + alert.for, true),
              ]),
            ),
          );
        }),
      );
      assert.deepEqual(asked.sort(), own.map(titleOf).sort());
      await assertContent(tests, monitoring);
    });
  }

  it('are silent in every phase but their own, and while nothing is live', async () => {
    const tests = [0, ...LADDER.map(({ exposure }) => exposure)].map((pct) =>
      test(
        `${pct} % live`,
        asGauges({ ...WORST, pct: always(pct) }),
        alerts.map((alert) => fires(alert, LONG, phaseOf(alert).exposure === pct)),
      ),
    );
    await assertContent(tests);
  });

  it('are silent about a healthy service', async () => {
    const tests = LADDER.map(({ name, exposure }) =>
      test(
        name,
        asGauges({ ...HEALTHY, pct: always(exposure) }),
        alerts.map((alert) => fires(alert, LONG, false)),
      ),
    );
    await assertContent(tests);
  });

  it('wait after a change of the percentage until warm-up and look-back lie behind, all but an error rate above 5 %', async () => {
    const tests = LADDER.flatMap((phase) =>
      [below(phase), phase.exposure * 2].map((other) => {
        const pct = (time: number): number => (time < TURN ? other : phase.exposure);
        const asked = alerts
          .filter((alert) => alert.phase === phase.name)
          .flatMap((alert) => {
            const lookBack = /Queue|Memory/.test(alert.name) ? 0 : timing.ruleLookBack;
            // The last sample of the other percentage leaves the window, which is open at its old end.
            const wait = alert.violation === '> 0.05' ? 0 : timing.warmUp + lookBack - INTERVAL;
            const time = TURN + wait + alert.for;
            return [fires(alert, time - INTERVAL, false), fires(alert, time, true)];
          });
        return test(`${phase.name}, ${other} % before`, asGauges({ ...WORST, pct }), asked);
      }),
    );
    await assertContent(tests);
  });

  it('judge a success rate only with enough jobs, and enough failed ones', async () => {
    const enough: readonly [share: number, jobs: number, expected: boolean, matrix: boolean][] = [
      // Jobs of each of three pods in each of twenty intervals.
      [0.5, 0.3, false, false],
      [0.5, 0.45, true, true],
      [0.89, 1.2, false, false],
      [0.89, 1.3, true, false],
      [0.89, 1.7, true, false],
      [0.89, 1.9, true, true],
    ];
    const tests = LADDER.flatMap((phase) =>
      enough.map(([share, jobs, expected, matrix]) =>
        test(
          `${phase.name}, success ${share}, ${60 * jobs} jobs`,
          asGauges({ ...HEALTHY, pct: always(phase.exposure), success: always(share), jobs }),
          alerts
            .filter(({ name, phase: of }) => of === phase.name && name.startsWith('MaterializersSuccess'))
            .map((alert) => fires(alert, LONG, alert.name.endsWith('Matrix') ? matrix : expected)),
        ),
      ),
    );
    assert.equal(tests.flatMap(({ promql_expr_test: asked }) => asked ?? []).length, 5 * enough.length);
    await assertContent(tests);
  });

  it('count a success rate on the matrix line itself as not above it', async () => {
    const alert = alerts.find(({ name }) => name === 'MaterializersSuccessNotAboveMatrix')!;
    const world = { ...HEALTHY, pct: always(100), success: always(0.98) };
    await assertContent([test('0.98', asGauges(world), [fires(alert, LONG, true)])]);
  });

  it('say what, how long, the present value, that they only inform, and where to read on', async () => {
    const shown: Readonly<Record<string, string>> = {
      MaterializersSuccessBelow: '50%',
      MaterializersSuccessNotAboveMatrix: '50%',
      MaterializersErrorAbove: '6%',
      MaterializersErrorAboveFive: '6%',
      MaterializersQueueAbove: '501 jobs',
      MaterializersChatP99AboveBaseline: '490ms',
      MaterializersMemoryAbove: 'workers 91%',
    };
    const expected = ({ name, phase, verdict, summary }: RollbackAlert) => ({
      exp_labels: {
        severity: 'critical',
        phase,
        verdict,
        ...(name === 'MaterializersMemoryAbove' ? { component: 'workers' } : {}),
      },
      exp_annotations: {
        summary,
        description: `Now ${shown[name]}. The plan says ${verdict}. This alert only informs: Prometheus rolls nothing back. To stop the feature by hand: docs/kill.md.`,
        runbook: 'docs/kill.md',
        dashboard: 'https://grafana.denis.run/d/materializers-canary',
      },
    });
    const tests = LADDER.map(
      (phase): RuleTest => ({
        name: phase.name,
        interval: at(INTERVAL),
        input_series: asGauges({ ...WORST, pct: always(phase.exposure) }),
        alert_rule_test: alerts
          .filter((alert) => alert.phase === phase.name)
          .map((alert) => ({ alertname: alert.name, eval_time: at(LONG), exp_alerts: [expected(alert)] })),
      }),
    );
    await assertContent(tests);
    assert.deepEqual(
      alerts.filter(({ phase }) => phase === 'canary-100').map(({ summary }) => summary),
      [
        'canary-100: success rate < 95 % for 1m',
        'canary-100: success rate ≤ 98 % for 10m',
        'canary-100: error rate > 3 % for 1m',
        'canary-100: error rate > 5 % for 1m',
        'canary-100: queue depth > 500 for 10m',
        'canary-100: chat p99 > +30 % of the baseline for 5m',
        'canary-100: memory > 90 % for 5m',
      ],
    );
  });

  it('are what the dashboard marks while they fire', async () => {
    const marks = dashboardModel(MONITORING).annotations?.list?.at(-1)?.expr;
    const exp_samples = alerts
      .filter(({ phase }) => phase === 'canary-1')
      .flatMap((alert) => fires(alert, LONG, true).exp_samples);
    const world = asGauges({ ...WORST, pct: always(1) });
    await assertContent([test('canary-1', world, [{ expr: marks!, eval_time: at(LONG), exp_samples }])]);
  });

  it('would be found wrong: a test that expects too much fails', async () => {
    const [alert] = alerts;
    const healthy = asGauges({ ...HEALTHY, pct: always(1) });
    const said = await testRules(alertGroups(MONITORING), at(INTERVAL), [
      test('healthy', healthy, [fires(alert!, END, true)]),
    ]);
    assert.match(said ?? '', /FAILED/);
  });
});
