import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import type { Backtest } from '../../rollout/backtest';
import { type CommandResult, runCommand } from '../../sandbox/command';
import { page, tableRows } from '../docs/support/pages';
import { nobodyAt } from '../observe/support/loopback';
import { type PrometheusServer, startPrometheus } from '../observe/support/prometheus';
import { HOUR, type Past, past } from '../support/pastRollout';
import { LEAST_SETTINGS } from '../support/validSettings';

const SCRIPT = path.join(__dirname, '..', '..', 'scripts', 'backtest.js');

describe('npm run backtest', function () {
  this.timeout(120_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'backtest-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function run(args: readonly string[], own: Record<string, unknown> = {}): Promise<CommandResult> {
    const file = path.join(folder, 'settings.yaml');
    const settings = Object.entries({ ...LEAST_SETTINGS, ...own }).map(([key, value]) => [`canary:${key}`, value]);
    writeFileSync(file, stringify({ config: Object.fromEntries(settings) }));
    const env = { PATH: process.env['PATH'], PULUMI_OPTION_CONFIG_FILE: file };
    return runCommand(process.execPath, [SCRIPT, ...args], { cwd: folder, env, timeoutMs: 100_000 });
  }

  describe('with input that cannot be right ends with code 2 and one sentence', () => {
    const span = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-02T00:00:00Z'];
    const stack = ['--stack', 'canary-10'];
    const wrong: readonly (readonly [args: readonly string[], message: RegExp, own?: Record<string, unknown>])[] = [
      [span, /required option '--stack <name>' not specified/],
      [[...span, '--stack', 'canary-11'], /'canary-11' is invalid.*canary-1, canary-10, canary-50, canary-100/],
      [[...stack, '--from', '2026-01-01'], /required option '--to <time>' not specified/],
      [[...stack, '--from', '2026-01-01T00:00', '--to', '2026-01-02'], /expected a date, or a time with its zone/],
      [[...stack, '--from', 'yesterday', '--to', '2026-01-02'], /'yesterday' is invalid.*expected a date/],
      [[...stack, '--from', '2026-01-02', '--to', '2026-01-02'], /^error: --from must lie before --to$/],
      [[...stack, '--from', '2026-01-02', '--to', '2999-01-02'], /^error: --to lies in the future$/],
      [[...stack, '--from', '2025-01-02', '--to', '2026-01-02'], /^error: the span is longer than 31d00h$/],
      [[...stack, ...span, '--assume', 'base'], /'base' is invalid/],
      [[...stack, ...span, '--baseline', '0'], /expected seconds, such as 0\.4/],
      [[...stack, ...span, '--step', '5'], /expected a duration, such as 1m/],
      [[...stack, ...span], /^canary:source is endpoint; a backtest needs the past/, { source: 'endpoint' }],
      [[...stack, ...span], /^canary:prometheus: expected a URL/, { prometheus: 'here' }],
    ];
    for (const [args, message, own] of wrong) {
      it(`${args.join(' ')} ${JSON.stringify(own ?? {})}`, async () => {
        const { code, stdout, stderr } = await run(args, own);
        assert.equal(code, 2, stderr);
        assert.match(stderr.trim(), message);
        assert.equal(stdout, '');
        assert.doesNotMatch(stderr, /^ +at /m, 'no stack');
      });
    }
  });

  it('has the options that its page of the documentation names', async () => {
    const { code, stdout } = await run(['--help']);
    assert.equal(code, 0);
    const optionsIn = (text: string): string[] => [...new Set(text.match(/--[a-z]+/g))].sort();
    const options = tableRows(page('docs/backtest.md'), 'option').flatMap(([cell]) => optionsIn(cell!));
    assert.deepEqual(
      options.sort(),
      optionsIn(stdout).filter((option) => option !== '--help'),
    );
  });

  it('ends with code 3 where Prometheus cannot be reached', async () => {
    const args = ['--stack', 'canary-10', '--from', '2026-01-01', '--to', '2026-01-02'];
    const { code, stdout, stderr } = await run(args, { prometheus: await nobodyAt() });
    assert.equal(code, 3);
    assert.match(stderr, /: Prometheus: connection refused at http:\/\/127\.0\.0\.1:\d+$/m);
    assert.equal(stdout, '');
  });

  describe('of a real Prometheus that holds more than three days', () => {
    const to = Math.floor(Date.now() / 1000 / HOUR) * HOUR - 3 * HOUR;
    const [from, ten, hundred] = [to - 81 * HOUR, to - 80 * HOUR, to - 74 * HOUR] as const;
    const flood = [ten + HOUR, ten + 1.4 * HOUR] as const;
    const silence = [hundred + 30 * HOUR, hundred + 30 * HOUR + 600] as const;
    const rollout: Past = {
      moves: [
        [ten, 10],
        [hundred, 100],
      ],
      from,
      to,
      before: 24 * HOUR,
      every: 15,
      pods: ['denis-5d9c7b6f4-aaaaa', 'denis-5d9c7b6f4-bbbbb', 'denis-5d9c7b6f4-ccccc'],
      readings: {
        queue_depth: (time) => (time >= flood[0] && time < flood[1] ? 700 : 12),
        materializer_success_rate: (time) => (time >= silence[0] && time < silence[1] ? Number.NaN : 0.998),
      },
    };
    let prometheus: PrometheusServer;
    before(async () => {
      prometheus = await startPrometheus({}, openMetrics(rollout));
    });
    after(() => prometheus?.stop());

    const iso = (time: number): string => new Date(time * 1000).toISOString();
    const span = ['--stack', 'canary-10', '--from', iso(from), '--to', iso(to)];

    it('finds what a rollout of these days would have been told', async () => {
      const { code, stdout, stderr } = await run([...span, '--json'], { prometheus: prometheus.url });
      assert.equal(code, 0, stderr);
      const result = JSON.parse(stdout) as Backtest;
      assert.deepEqual(result.warnings, []);
      assert.deepEqual(
        result.segments.map((one) => [one.percent, one.from, one.to]),
        [
          [0, from, ten],
          [10, ten, hundred],
          [100, hundred, to],
        ],
      );
      const [, canary10, canary100] = result.segments.map(({ watched }) => watched);
      const queue = canary10!.rules.find(({ id }) => id === 'queue-above')!;
      assert.ok(queue.firedAt! >= flood[0] + 600 && queue.firedAt! <= flood[0] + 630);
      assert.equal(canary10!.takenBack?.at, queue.firedAt);
      assert.equal(canary10!.baseline?.chatP99, 0.4);
      assert.deepEqual(
        canary100!.spans.map(({ verdict, rule, from: begin }) => [verdict, rule, begin]),
        [
          ['MONITOR', 'window', hundred],
          ['HOLD', 'missing:success-rate', silence[0] + 120],
          ['MONITOR', 'window', silence[1]],
          ['COMPLETE', 'complete', hundred + 72 * HOUR + 180],
        ],
      );
    });

    it('prints it for people', async () => {
      const { code, stdout } = await run(span, { prometheus: prometheus.url });
      assert.equal(code, 0);
      assert.match(stdout, /^canary-10 {3}10 % {3}.* \(6h00m\), then 100 %$/m);
      assert.match(stdout, /^ {2}ROLLBACK: first at .* UTC, queue depth > 500 for 10m00s at/m);
      assert.match(stdout, /^ {2}COMPLETE: first at .* UTC, every hard check held for 72h00m at 100 %$/m);
    });

    it('tries the limits of another phase on it', async () => {
      const args = [
        '--stack',
        'canary-50',
        '--from',
        iso(from),
        '--to',
        iso(ten),
        '--assume',
        'canary-50',
        '--baseline',
        '0.3',
      ];
      const { code, stdout } = await run(args, { prometheus: prometheus.url });
      assert.equal(code, 0);
      assert.match(stdout, /, as if canary-50 had been live; judged at least every 1m00s$/m);
      assert.match(stdout, /^ {2}chat p99 > \+30 % of the baseline +2\S+ \S+ UTC .* ROLLBACK$/m);
    });
  });
});

/** Samples as Prometheus' own tool reads them: one line each, those of a series together. */
function openMetrics(rollout: Past): string {
  const { series, settings } = past(rollout);
  const lines: string[] = [];
  for (const [key, fetched] of Object.entries(series)) {
    assert.equal(fetched.kind, 'series');
    const { definition } = settings.metrics[key as keyof typeof series];
    const own = definition.matchers === undefined ? '' : `,${definition.matchers}`;
    for (const { pod, component, times, values } of fetched.series) {
      const labels = `namespace="denis",pod="${pod}"${component === undefined ? '' : `,component="${component}"`}${own}`;
      for (const [index, time] of times.entries())
        lines.push(`${definition.series}{${labels}} ${values[index]} ${time}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
