import assert from 'node:assert/strict';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Sampler } from '../../act/sampler';
import { SampleWriter } from '../../act/sampleWriter';
import { tickUntil } from '../../act/tickUntil';
import { allSelectors } from '../../observe/metricSelectors';
import type { FetchedAll } from '../../observe/metricsSource';
import { fetchMetrics } from '../../observe/prometheus';
import { fetchFromJournal } from '../../observe/sampleJournal';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { parseSettings } from '../../phases/settings';
import { type Seconds, seconds, unixSeconds } from '../../phases/units';
import { measure } from '../../rollout/measurement';
import { waitFor } from '../../sandbox/waitFor';
import { podState } from '../support/clusterState';
import { withFolder } from './support/journal';
import { type Loopback, serve } from './support/loopback';
import { startPrometheus } from './support/prometheus';

const POD = 'denis-5d9c7b6f4-abcde';
const METRICS = {
  materializer_success_rate: { counters: { part: 'jobs_total{result="success"}', whole: 'jobs_total' } },
  error_rate: { counters: { part: 'requests_total{code=~"5.."}', whole: 'requests_total' } },
  materializer_latency_p99: { histogram: 'job_seconds' },
  chat_latency_p99: { histogram: 'chat_seconds{path="/chat"}' },
};

/** What a pod of Denis counts; a new one begins at 0, as a restarted process does. */
function podMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const jobs = new Counter({ name: 'jobs_total', help: 'Jobs', labelNames: ['result'], registers });
  const requests = new Counter({ name: 'requests_total', help: 'Requests', labelNames: ['code'], registers });
  const jobSeconds = new Histogram({ name: 'job_seconds', help: 'Jobs', buckets: [0.5, 1, 3, 10], registers });
  const labelNames = ['path'];
  const chats = new Histogram({ name: 'chat_seconds', help: 'Chats', labelNames, buckets: [0.25, 0.5, 1], registers });
  const queue = new Gauge({ name: 'queue_depth', help: 'Queue', labelNames: ['queue'], registers });
  for (const result of ['success', 'failure']) jobs.inc({ result }, 0);
  for (const code of ['200', '500', '503']) requests.inc({ code }, 0);
  return {
    registry,
    work: (failed: number, slow: number): void => {
      jobs.inc({ result: 'success' }, 100 - failed);
      jobs.inc({ result: 'failure' }, failed);
      requests.inc({ code: '200' }, 990);
      requests.inc({ code: '500' }, 7);
      requests.inc({ code: '503' }, 3);
      for (let index = 0; index < 100; index++) {
        jobSeconds.observe(index < slow ? 5 : 0.7);
        chats.observe({ path: '/chat' }, index < slow ? 0.4 : 0.1);
        chats.observe({ path: '/other' }, 0.9);
      }
      queue.set({ queue: 'tools_mut' }, slow);
    },
  };
}

describe('the two sources of samples', function () {
  this.timeout(60_000);
  const releases: (() => unknown)[] = [];
  afterEach(async () => {
    for (const release of releases.splice(0).reverse()) await release();
  });

  it('measure the same of one pod, counters and histograms too, also over a restart of it', () =>
    withFolder(async (folder) => {
      let metrics = podMetrics();
      const server: Loopback = await serve((_, response) =>
        metrics.registry.metrics().then((text) => {
          response.setHeader('content-type', metrics.registry.contentType).end(text);
        }),
      );
      releases.push(() => server.close());
      const prometheus = await startPrometheus({ [POD]: `127.0.0.1:${server.port}` });
      releases.push(() => prometheus.stop());
      const settings = parseSettings({
        context: 'x',
        clusterUid: 'x',
        prometheus: prometheus.url,
        redis: 'redis://x',
        chat: 'http://x/chat',
        metrics: METRICS,
      });
      const stop = new AbortController();
      const writer = new SampleWriter(folder);
      releases.push(() => writer.close());
      const sampler = new Sampler({
        namespace: 'denis',
        scrapeInterval: seconds(0.2),
        selectors: allSelectors(settings.metrics),
        listPods: async () => [podState(POD)],
        access: (_, use) => use(server.origin),
        append: (scrape) => writer.append(scrape),
        clock: () => unixSeconds(Date.now() / 1000),
        say: () => {},
      });
      const sampling = tickUntil(stop.signal, sampler, seconds(0.2));
      releases.push(() => {
        stop.abort();
        return sampling;
      });
      /** Both have seen what the pod says now, at least twice. */
      const bothSaw = async (): Promise<void> => {
        const from = server.received.length;
        await waitFor(
          async () => {
            const later = server.received.slice(from).map(({ headers }) => headers['user-agent'] ?? '');
            const theirs = later.filter((agent) => agent.startsWith('Prometheus')).length;
            return theirs >= 3 && later.length - theirs >= 3 ? true : undefined;
          },
          { what: 'scrapes of both', deadlineMs: 20_000 },
        );
      };
      metrics.work(50, 50);
      await bothSaw();
      metrics.work(3, 2);
      await bothSaw();
      metrics = podMetrics();
      await bothSaw();
      metrics.work(4, 1);
      await bothSaw();
      stop.abort();
      await sampling;

      const now = unixSeconds(Date.now() / 1000);
      const lookBack = Object.fromEntries(METRIC_KEYS.map((key) => [key, seconds(600)])) as Record<MetricKey, Seconds>;
      const { staleAfter, scrapeInterval } = settings.timing;
      const byPrometheus = await fetchMetrics(settings.metrics, {
        url: prometheus.url,
        now,
        lookBack,
        scrapeInterval,
      });
      const start = 'npm run sample -- --stack canary-1';
      const byJournal = await fetchFromJournal(settings.metrics, { folder, now, lookBack, staleAfter, start });
      const valueIn = ({ series }: FetchedAll, key: MetricKey): number => {
        const fetched = series[key];
        assert.notEqual(fetched.kind, 'off');
        const { definition } = settings.metrics[key];
        const period = { from: unixSeconds(now - 600), to: now };
        const measured =
          fetched.kind === 'off' ? undefined : measure(fetched, period, { definition, timing: settings.timing, now });
        assert.ok(measured?.kind === 'value', `${key}: ${JSON.stringify(measured)}`);
        return measured.value;
      };
      // The first samples are what is counted from; then 3 and 4 of 200 jobs failed, 2 and 1 of 200 were slow.
      const expected: Partial<Record<MetricKey, number>> = {
        materializer_success_rate: 193 / 200,
        error_rate: 0.01,
        materializer_latency_p99: 3 + (10 - 3) * (1 / 3),
        chat_latency_p99: 0.25 + 0.25 * (1 / 3),
      };
      for (const key of [
        'materializer_success_rate',
        'error_rate',
        'materializer_latency_p99',
        'chat_latency_p99',
        'queue_depth',
      ] as const) {
        const [one, other] = [valueIn(byPrometheus, key), valueIn(byJournal, key)];
        assert.equal(one, other, key);
        if (expected[key] !== undefined) assert.ok(Math.abs(one - expected[key]) < 1e-9, `${key}: ${one}`);
      }
    }));
});
