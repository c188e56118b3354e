import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { samplesFile } from '../../observe/journalFolder';
import type { FetchedAll } from '../../observe/metricsSource';
import { fetchFromJournal } from '../../observe/sampleJournal';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { parseSettings } from '../../phases/settings';
import { type Seconds, seconds, unixSeconds } from '../../phases/units';
import type { Fetched } from '../../rollout/series';
import { exposed, withFolder, writeAll } from './support/journal';

/** 2026-11-25 10:00 UTC. */
const NOW = Date.parse('2026-11-25T10:00:00Z') / 1000;
const START = 'npm run sample -- --stack canary-10';

function read(folder: string, metrics: object = {}, lookBack = 600, now = NOW): Promise<FetchedAll> {
  const settings = parseSettings({
    context: 'x',
    clusterUid: 'x',
    source: 'endpoint',
    redis: 'redis://x',
    chat: 'http://x/chat',
    metrics,
  });
  return fetchFromJournal(settings.metrics, {
    folder,
    now: unixSeconds(now),
    lookBack: Object.fromEntries(METRIC_KEYS.map((key) => [key, seconds(lookBack)])) as Record<MetricKey, Seconds>,
    staleAfter: settings.timing.staleAfter,
    start: START,
  });
}

const seriesOf = (fetched: Fetched) => {
  assert.equal(fetched.kind, 'series', JSON.stringify(fetched));
  return fetched.series;
};
const reasonOf = (fetched: Fetched): string => (fetched.kind === 'unreachable' ? fetched.reason : fetched.kind);
const fileOf = (folder: string, at = NOW): string => path.join(folder, samplesFile(at));

describe('fetchFromJournal', () => {
  describe('reads', () => {
    it('one series a pod, as Prometheus would answer it', () =>
      withFolder(async (folder) => {
        writeAll(folder, [
          [NOW - 30, 'denis-a', [exposed('error_rate', 0.01), exposed('up', 1)]],
          [NOW - 29, 'denis-b', [exposed('error_rate', 0.02), exposed('up', 1)]],
          [NOW - 15, 'denis-a', [exposed('error_rate', 0.03), exposed('up', 1)]],
        ]);
        const { series, clockAhead, warnings } = await read(folder);
        assert.deepEqual(series.error_rate, {
          kind: 'series',
          query: 'error_rate{namespace="denis"}',
          series: [
            { pod: 'denis-a', times: [NOW - 30, NOW - 15], values: [0.01, 0.03] },
            { pod: 'denis-b', times: [NOW - 29], values: [0.02] },
          ],
          notANumber: 0,
        });
        assert.equal(clockAhead, undefined);
        assert.deepEqual(warnings, []);
      }));

    it('a share in percent as a ratio, and components side by side', () =>
      withFolder(async (folder) => {
        writeAll(folder, [
          [
            NOW - 1,
            'denis-a',
            [
              exposed('error_rate', 50),
              ...['api', 'workers'].map((component) => exposed('memory_usage', 0.5, { component })),
            ],
          ],
        ]);
        const { series } = await read(folder, { error_rate: { unit: 'percent' } });
        assert.deepEqual(seriesOf(series.error_rate)[0]!.values, [0.5]);
        assert.deepEqual(
          seriesOf(series.memory_usage).map(({ component }) => component),
          ['api', 'workers'],
        );
      }));

    it('only what its matchers select', () =>
      withFolder(async (folder) => {
        writeAll(folder, [
          [
            NOW - 1,
            'denis-5d9c7b6f4-abcde',
            [
              exposed('queue_depth', 7, { queue: 'tools_mut' }),
              exposed('queue_depth', 9, { queue: 'x' }),
              exposed('up', 1),
            ],
          ],
          [NOW - 1, 'other-5d9c7b6f4-abcde', [exposed('error_rate', 1, { namespace: 'other' }), exposed('up', 1)]],
        ]);
        const { series } = await read(folder);
        assert.deepEqual(
          seriesOf(series.queue_depth).map(({ values }) => values),
          [[7]],
        );
        assert.deepEqual(seriesOf(series.error_rate), []);
        assert.deepEqual(
          seriesOf(series.uptime).map(({ pod }) => pod),
          ['denis-5d9c7b6f4-abcde'],
        );
      }));

    it('two series of one pod at once as ambiguous', () =>
      withFolder(async (folder) => {
        writeAll(folder, [[NOW - 1, 'denis-a', ['1', '2'].map((version) => exposed('error_rate', 0, { version }))]]);
        assert.deepEqual((await read(folder)).series.error_rate, {
          kind: 'ambiguous',
          query: 'error_rate{namespace="denis"}',
          detail: 'two series for pod denis-a; narrow the matchers of this metric',
        });
      }));

    it('a pod whose labels changed as one series', () =>
      withFolder(async (folder) => {
        writeAll(folder, [
          [NOW - 2, 'denis-a', [exposed('error_rate', 0.1, { version: '1' })]],
          [NOW - 1, 'denis-a', [exposed('error_rate', 0.2, { version: '2' })]],
        ]);
        assert.deepEqual(seriesOf((await read(folder)).series.error_rate)[0]!.values, [0.1, 0.2]);
      }));

    it('NaN and infinities as no numbers, and counts them', () =>
      withFolder(async (folder) => {
        const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0.5];
        writeAll(
          folder,
          values.map((value, index) => [NOW - 9 + index, 'denis-a', [exposed('error_rate', value)]]),
        );
        const { error_rate: fetched } = (await read(folder)).series;
        assert.deepEqual(seriesOf(fetched)[0], { pod: 'denis-a', times: [NOW - 6], values: [0.5] });
        assert.equal(fetched.kind === 'series' && fetched.notANumber, 3);
      }));

    it('counters and histograms, every series by itself', () =>
      withFolder(async (folder) => {
        const metrics = {
          error_rate: { counters: { part: 'requests{code=~"5.."}', whole: 'requests' } },
          chat_latency_p99: { histogram: 'chat_seconds' },
        };
        writeAll(folder, [
          [
            NOW - 1,
            'denis-a',
            [
              ...['200', '500', '503'].map((code) => exposed('requests', Number(code), { code })),
              ...['+Inf', '0.5'].map((le) => exposed('chat_seconds_bucket', le === '0.5' ? 1 : 2, { le })),
            ],
          ],
        ]);
        const { error_rate: rate, chat_latency_p99: latency } = (await read(folder, metrics)).series;
        const one = (value: number) => ({ pod: 'denis-a', times: [NOW - 1], values: [value] });
        assert.deepEqual(rate, {
          kind: 'ratio',
          query: 'requests{namespace="denis",code=~"5.."} / requests{namespace="denis"}',
          part: [one(500), one(503)],
          whole: [one(200), one(500), one(503)],
          notANumber: 0,
        });
        assert.deepEqual(latency, {
          kind: 'histogram',
          query: 'chat_seconds_bucket{namespace="denis"}',
          buckets: [
            { le: 0.5, series: [one(1)] },
            { le: Number.POSITIVE_INFINITY, series: [one(2)] },
          ],
          notANumber: 0,
        });
      }));

    it('from the look-back on, over midnight, and nothing of the future', () =>
      withFolder(async (folder) => {
        const midnight = Date.parse('2026-11-25T00:00:00Z') / 1000;
        const times = [midnight - 700, midnight - 589, midnight - 1, midnight + 1, midnight + 20];
        writeAll(
          folder,
          times.map((at) => [at, 'denis-a', [exposed('error_rate', at)]]),
        );
        const { series } = await read(folder, {}, 600, midnight + 10);
        assert.deepEqual(seriesOf(series.error_rate)[0]!.times, times.slice(1, 4));
      }));

    it("the pod's own times, each once", () =>
      withFolder(async (folder) => {
        const own = (at: number, value: number) => exposed('error_rate', value, {}, at * 1000);
        writeAll(folder, [
          [NOW - 30, 'denis-a', [own(NOW - 100, 0.1)]],
          [NOW - 20, 'denis-a', [own(NOW - 100, 0.1)]],
          [NOW - 10, 'denis-a', [own(NOW - 50, Number.NaN)]],
          [NOW - 5, 'denis-a', [own(NOW - 40, 0.2)]],
        ]);
        const { error_rate: fetched } = (await read(folder)).series;
        assert.deepEqual(seriesOf(fetched)[0], { pod: 'denis-a', times: [NOW - 100, NOW - 40], values: [0.1, 0.2] });
        assert.equal(fetched.kind === 'series' && fetched.notANumber, 1);
      }));

    it('what is switched off as off', () =>
      withFolder(async (folder) => {
        const { series } = await read(folder, { queue_depth: { off: 'no queue' } });
        assert.deepEqual(series.queue_depth, { kind: 'off', reason: 'no queue' });
      }));
  });

  describe('is not misled by', () => {
    const two = (folder: string): void =>
      writeAll(folder, [
        [NOW - 30, 'denis-a', [exposed('error_rate', 0.1)]],
        [NOW - 15, 'denis-a', [exposed('error_rate', 0.2)]],
      ]);

    it('a last line that was torn: it is not there yet', () =>
      withFolder(async (folder) => {
        two(folder);
        appendFileSync(fileOf(folder), readFileSync(fileOf(folder), 'utf8').split('\n').at(-2)!.slice(0, -4));
        const { series, warnings } = await read(folder);
        assert.deepEqual(seriesOf(series.error_rate)[0]!.values, [0.1, 0.2]);
        assert.deepEqual(warnings, []);
      }));

    it('a broken line in the middle: its samples are missing, and that is said', () =>
      withFolder(async (folder) => {
        two(folder);
        const lines = readFileSync(fileOf(folder), 'utf8').split('\n');
        for (const broken of [
          lines[1]!.slice(0, 30),
          '',
          'null',
          '{"shape":1}',
          lines[1]!.replace('[0.1]', '["0.1"]'),
          lines[1]!.replace('[0.1]', '[0.1,7]'),
        ]) {
          writeFileSync(fileOf(folder), [lines[0], broken, ...lines.slice(2)].join('\n'));
          const { series, warnings } = await read(folder);
          assert.deepEqual(seriesOf(series.error_rate)[0]!.values, [0.2], broken);
          assert.deepEqual(warnings, [
            `journal of samples in ${folder}: samples-2026-11-25.jsonl: line 2 cannot be read; the samples in it are missing`,
          ]);
        }
      }));

    it('a broken line of names: the samples under them are missing, and that is said', () =>
      withFolder(async (folder) => {
        two(folder);
        const lines = readFileSync(fileOf(folder), 'utf8').split('\n');
        writeFileSync(fileOf(folder), ['{"shape":', ...lines.slice(1)].join('\n'));
        const { warnings, series } = await read(folder);
        assert.deepEqual(warnings, [
          `journal of samples in ${folder}: samples-2026-11-25.jsonl: 3 lines, the first is 1, cannot be read; the samples in it are missing`,
        ]);
        assert.equal(series.error_rate.kind, 'unreachable');
      }));

    it('files that are none of its own', () =>
      withFolder(async (folder) => {
        two(folder);
        for (const file of ['samples-2026-11-25.jsonl.bak', 'evidence-2026-11-25.jsonl', 'samples-today.jsonl'])
          writeFileSync(path.join(folder, file), 'x\n');
        assert.deepEqual((await read(folder)).warnings, []);
      }));
  });

  describe('says how to start the sampler', () => {
    const how = `start the sampler on this machine and leave it running: ${START}`;
    const everywhere = async (folder: string, reason: string): Promise<void> => {
      const { series } = await read(folder);
      for (const key of METRIC_KEYS) assert.equal(reasonOf(series[key]), reason, key);
    };

    it('when there is no journal', () =>
      withFolder((folder) =>
        everywhere(`${folder}/none`, `there are no samples of the last 10m00s in ${folder}/none; ${how}`),
      ));

    it('when nobody has sampled lately', () =>
      withFolder(async (folder) => {
        writeAll(folder, [[NOW - 150, 'denis-a', [exposed('error_rate', 0.1)]]]);
        await everywhere(folder, `the newest samples in ${folder} are 2m30s old; ${how}`);
        writeAll(folder, [[NOW - 100, 'denis-a', [exposed('up', 0)]]]);
        assert.equal((await read(folder)).series.error_rate.kind, 'series', 'somebody samples, but no pod answers');
      }));
  });

  it('refuses the one metric whose selector it does not understand', () =>
    withFolder(async (folder) => {
      writeAll(folder, [[NOW - 1, 'denis-a', [exposed('queue_depth', 1, { queue: 'tools_mut' })]]]);
      const { series } = await read(folder, { error_rate: { matchers: 'a=~"(?i)b"' } });
      assert.equal(
        reasonOf(series.error_rate),
        'canary:metrics.error_rate: source endpoint does not understand this: the pattern "(?i)b" cannot be read: it does not understand (?i); in error_rate{a=~"(?i)b"}',
      );
      assert.equal(series.queue_depth.kind, 'series');
    }));

  it('ends with its caller', () =>
    withFolder(async (folder) => {
      writeAll(folder, [[NOW - 1, 'denis-a', [exposed('error_rate', 1)]]]);
      const settings = parseSettings({
        context: 'x',
        clusterUid: 'x',
        source: 'endpoint',
        redis: 'redis://x',
        chat: 'http://x',
      });
      const lookBack = Object.fromEntries(METRIC_KEYS.map((key) => [key, seconds(60)])) as Record<MetricKey, Seconds>;
      const { series } = await fetchFromJournal(settings.metrics, {
        folder,
        now: unixSeconds(NOW),
        lookBack,
        staleAfter: settings.timing.staleAfter,
        start: START,
        signal: AbortSignal.abort(new Error('the caller left')),
      });
      assert.equal(reasonOf(series.error_rate), 'the caller left');
    }));

  it('reads 72 hours of three pods, every 15 s, with histograms, quickly', function () {
    this.timeout(60_000);
    return withFolder(async (folder) => {
      const edges = Array.from({ length: 20 }, (_, index) => String(index / 10));
      const scrapes = function* () {
        for (let at = NOW - 72 * 3600; at < NOW; at += 15) {
          for (const pod of ['denis-a', 'denis-b', 'denis-c']) {
            const gauges = ['error_rate', 'chat_latency_p99', 'materializer_pct', 'materializer_new'].map((name) =>
              exposed(name, at / 1e10),
            );
            const buckets = edges.map((le) => exposed('job_seconds_bucket', at - NOW + 1e6, { le }));
            yield [at, pod, [...gauges, ...buckets]] as const;
          }
        }
      };
      writeAll(folder, [...scrapes()]);
      const started = performance.now();
      const { series } = await read(folder, { materializer_latency_p99: { histogram: 'job_seconds' } }, 72 * 3600);
      const took = performance.now() - started;
      assert.equal(seriesOf(series.error_rate).length, 3);
      assert.equal(seriesOf(series.error_rate)[0]!.times.length, 72 * 240 - 1);
      // Under a second on an idle machine; this is a bound for a busy one.
      assert.ok(took < 4_000, `${took} ms`);
      const short = performance.now();
      await read(folder, {}, 360);
      assert.ok(performance.now() - short < took, 'a short look-back costs less');
    });
  });
});
