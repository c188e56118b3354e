import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { gate } from '../../observe/gate';
import type { FetchedAll } from '../../observe/metricsSource';
import { readSeries } from '../../observe/readSeries';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { parseSettings, rawSettings, type Settings } from '../../phases/settings';
import { type Seconds, seconds, unixSeconds } from '../../phases/units';
import { measure } from '../../rollout/measurement';
import { type CommandResult, runCommand } from '../../sandbox/command';
import { type Sandbox, startSandbox } from '../../sandbox/index';
import { waitFor } from '../../sandbox/waitFor';
import { standIn } from '../observe/support/standIn';

const SCRIPT = path.join(__dirname, '..', '..', 'scripts', 'sample.js');
const COUNTED = {
  materializer_success_rate: {
    counters: { part: 'materializer_jobs_total{result="success"}', whole: 'materializer_jobs_total' },
  },
  error_rate: { counters: { part: 'http_requests_total{code=~"5.."}', whole: 'http_requests_total' } },
  materializer_latency_p99: { histogram: 'materializer_latency_seconds' },
  chat_latency_p99: { histogram: 'chat_latency_seconds' },
  graph_write_latency_p99: { histogram: 'graph_write_latency_seconds' },
};

describe('npm run sample', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  let journal: string;
  before(async () => {
    sandbox = await startSandbox();
    journal = path.join(sandbox.info.folder, 'journal');
    const set = ['set', 'env', 'deployment/denis', 'DENIS_MATERIALIZERS_PCT=10', 'DENIS_MATERIALIZERS_ENABLED=true'];
    for (const args of [set, ['rollout', 'status', 'deployment/denis', '--timeout=60s']]) {
      const result = await sandbox.kubectl(['-n', 'denis', ...args]);
      assert.equal(result.code, 0, result.stderr);
    }
  });
  after(() => sandbox?.stop());

  const config = (change: Record<string, unknown> = {}): Record<string, unknown> => {
    const file = parse(readFileSync(sandbox.info.settings, 'utf8')) as { config: Record<string, unknown> };
    return { ...file.config, 'canary:source': 'endpoint', 'canary:journal': journal, ...change };
  };
  const environment = (change: Record<string, unknown> = {}): NodeJS.ProcessEnv => {
    const file = path.join(sandbox.info.folder, 'endpoint-settings.yaml');
    writeFileSync(file, stringify({ config: config(change) }));
    return { ...sandbox.env, PULUMI_OPTION_CONFIG_FILE: file };
  };
  const sample = (args: readonly string[], change: Record<string, unknown> = {}): Promise<CommandResult> =>
    runCommand(process.execPath, [SCRIPT, ...args], {
      cwd: sandbox.info.folder,
      env: environment(change),
      timeoutMs: 30_000,
    });
  const start = (env: NodeJS.ProcessEnv): { child: ChildProcess; said: () => string } => {
    const args = [SCRIPT, '--stack', 'canary-10'];
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    return { child, said: () => said };
  };
  const locks = (): string[] => readdirSync(journal).filter((file) => file.endsWith('.lock'));

  describe('with input that cannot be right', () => {
    it('says that a stack is needed, with exit code 2', async () => {
      const { code, stderr } = await sample([]);
      assert.equal(code, 2);
      assert.match(stderr, /required option '--stack <name>' not specified/);
    });

    it('says which settings are wrong, with exit code 2', async () => {
      const { code, stderr } = await sample(['--stack', 'canary-10'], { 'canary:journal': 'here' });
      assert.equal(code, 2);
      assert.equal(stderr, 'canary:journal: expected an absolute path, or one that begins with ~/; found "here"\n');
    });

    it('names every metric that it does not understand, with exit code 2', async () => {
      const metrics = { error_rate: { matchers: 'a=~"(?i)b"' }, queue_depth: { series: 'sum(queue)' } };
      const { code, stderr } = await sample(['--stack', 'canary-10', '--once'], { 'canary:metrics': metrics });
      assert.equal(code, 2);
      assert.deepEqual(
        stderr
          .trimEnd()
          .split('\n')
          .map((line) => line.split(': ').slice(0, 2).join(': ')),
        ['error_rate', 'queue_depth'].map((key) => `canary:metrics.${key}: source endpoint does not understand this`),
      );
    });

    it('says that it is another cluster, and writes nothing', async () => {
      const folder = path.join(sandbox.info.folder, 'wrong');
      const change = { 'canary:clusterUid': 'another', 'canary:journal': folder };
      const { code, stdout } = await sample(['--stack', 'canary-10', '--once'], change);
      assert.equal(code, 1);
      assert.match(stdout, /the pods cannot be read: context denis-sandbox is another cluster than the settings name/);
      assert.deepEqual(readdirSync(folder), []);
    });

    it('says that there is no such Deployment, and that no pod can be asked', async () => {
      const change = { 'canary:deployment': 'denys' };
      const { code, stdout } = await sample(['--stack', 'canary-10', '--once'], change);
      assert.equal(code, 1);
      assert.match(
        stdout,
        /the pods cannot be read: namespace denis has no Deployment denys; check canary:namespace and canary:deployment$/m,
      );
    });
  });

  it('samples once, and says whether every pod answered and every metric was found', async () => {
    const { code, stdout, stderr } = await sample(['--stack', 'canary-10', '--once'], { 'canary:metrics': COUNTED });
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^\S+Z samples go to .*\/journal\n\S+Z asking denis-\S+, denis-\S+, denis-\S+\n$/);
    const [file] = readdirSync(journal);
    assert.match(file!, /^samples-\d{4}-\d{2}-\d{2}\.jsonl$/);
    assert.equal(statSync(journal).mode & 0o777, 0o700);
    assert.equal(statSync(path.join(journal, file!)).mode & 0o777, 0o600);
    const scrapes = readFileSync(path.join(journal, file!), 'utf8').match(/^\{"at":/gm);
    assert.equal(scrapes?.length, 3);
  });

  it('says what no pod has, with exit code 1', async () => {
    const change = { 'canary:metrics': { queue_depth: { series: 'no_such_series' } } };
    const { code, stdout } = await sample(['--stack', 'canary-10', '--once'], change);
    assert.equal(code, 1);
    assert.match(stdout, /Z no pod has queue_depth$/m);
  });

  it('is needed by the gate, which says so, and how to start it', async () => {
    const folder = path.join(sandbox.info.folder, 'nothing');
    const { text } = await gate('canary-50', config({ 'canary:journal': folder }), sandbox.env);
    assert.ok(
      text.includes(
        `in ${folder}; start the sampler on this machine and leave it running: npm run sample -- --stack canary-50`,
      ),
      text,
    );
  });

  it('gives the same measurements as the Prometheus that scrapes the same pods, and a gate the same table', async () => {
    const { child, said } = start(environment({ 'canary:metrics': COUNTED }));
    try {
      await waitFor(async () => (said().includes('asking') ? true : undefined), {
        what: 'the sampler',
        deadlineMs: 20_000,
      });
      const second = await sample(['--stack', 'canary-10', '--once'], { 'canary:metrics': COUNTED });
      assert.equal(second.code, 1);
      assert.match(second.stderr, /^process \d+ samples into this folder already; stop it first,/);

      const settings = parseSettings(rawSettings(config({ 'canary:metrics': COUNTED })));
      const byPrometheus: Settings = parseSettings(
        rawSettings(config({ 'canary:metrics': COUNTED, 'canary:source': 'prometheus' })),
      );
      const LENGTH = 20;
      const read = (from: Settings, now: number): Promise<FetchedAll> =>
        readSeries(from, 'canary-10', sandbox.env, {
          now: unixSeconds(now),
          lookBack: Object.fromEntries(METRIC_KEYS.map((key) => [key, seconds(LENGTH + 4)])) as Record<
            MetricKey,
            Seconds
          >,
        });
      const began = Date.now();
      await waitFor(async () => (Date.now() - began > (LENGTH + 4) * 1000 ? true : undefined), {
        what: 'samples',
        deadlineMs: 40_000,
      });
      const now = Date.now() / 1000;
      const [journalled, scraped] = await Promise.all([read(settings, now), read(byPrometheus, now)]);
      assert.deepEqual(journalled.warnings, []);
      const valueIn = ({ series }: FetchedAll, key: MetricKey): number => {
        const fetched = series[key];
        if (fetched.kind === 'off') return assert.fail(key);
        const { timing, metrics } = settings;
        const component = key === 'memory_usage' ? { component: 'api' } : {};
        const period = { from: unixSeconds(now - LENGTH), to: unixSeconds(now) };
        const measured = measure(fetched, period, {
          definition: metrics[key].definition,
          timing,
          now: unixSeconds(now),
          ...component,
        });
        assert.ok(measured.kind === 'value', `${key}: ${JSON.stringify(measured)}`);
        return measured.value;
      };
      /** The two scrape at different moments: what they may differ by, in the metric's unit. */
      const apart: Record<MetricKey, number> = {
        materializer_success_rate: 0.01,
        error_rate: 0.002,
        materializer_latency_p99: 0.1,
        chat_latency_p99: 0.02,
        graph_write_latency_p99: 0.02,
        queue_depth: 5,
        worker_seen: 3,
        decisiontrace_drops: 1,
        memory_usage: 0.02,
        uptime: 0.25,
        materializer_pct: 0,
        materializer_new: 40,
      };
      for (const key of METRIC_KEYS) {
        const [one, other] = [valueIn(journalled, key), valueIn(scraped, key)];
        assert.ok(Math.abs(one - other) <= apart[key], `${key}: ${one} from the journal, ${other} from Prometheus`);
      }

      const plain = async (source: string) =>
        (await gate('canary-10', config({ 'canary:source': source, 'canary:metrics': COUNTED }), sandbox.env))
          .judgement;
      for (const source of ['endpoint', 'prometheus']) {
        const { decision } = await plain(source);
        const kinds = decision?.checks.map(({ spec, recent }) => `${spec.id} ${recent?.kind ?? 'none'}`);
        assert.ok(
          kinds?.includes('queue-depth value') && kinds.includes('success-rate value'),
          `${source}: ${kinds?.join(', ')}`,
        );
      }

      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null]);
      assert.match(said(), /SIGTERM: stopping after this scrape; a second signal stops at once\n\S+Z stopped\n$/);
      assert.deepEqual(locks(), []);
      assert.ok(said().trimEnd().split('\n').length <= 6, `a line a change, not a tick:\n${said()}`);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('stops at once on a second signal, and leaves its place free', async () => {
    const kubectl = standIn('kubectl', 'exec sleep 10');
    try {
      const env = { ...environment(), PATH: kubectl.env['PATH'] };
      const { child, said } = start(env);
      await waitFor(async () => (said().includes('samples go to') ? true : undefined), {
        what: 'the sampler',
        deadlineMs: 20_000,
      });
      const ended = once(child, 'exit');
      child.kill('SIGINT');
      await waitFor(async () => (said().includes('SIGINT: stopping') ? true : undefined), {
        what: 'the first signal to be heard',
        deadlineMs: 5_000,
      });
      assert.equal(child.exitCode, null, 'the scrape under way is waited for');
      // Sooner it would be the first one, handed on.
      await pause(600);
      child.kill('SIGINT');
      assert.deepEqual(await ended, [130, null]);
      assert.deepEqual(locks(), []);
    } finally {
      kubectl.remove();
    }
  });

  it('gives its place to the next one when it is killed', async () => {
    const { child, said } = start(environment());
    await waitFor(async () => (said().includes('asking') ? true : undefined), {
      what: 'the sampler',
      deadlineMs: 20_000,
    });
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    assert.equal(locks().length, 1);
    assert.equal((await sample(['--stack', 'canary-10', '--once'])).code, 0);
    assert.deepEqual(locks(), []);
  });
});
