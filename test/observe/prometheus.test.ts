import assert from 'node:assert/strict';
import { fetchMetrics } from '../../observe/prometheus';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { parseSettings } from '../../phases/settings';
import { seconds, unixSeconds } from '../../phases/units';
import type { Fetched } from '../../rollout/series';
import { type Answer, type Loopback, nobodyAt, withServer } from './support/loopback';

const NOW = unixSeconds(1_764_000_000.25);

/** Settings of a stack whose metrics are set like this. */
const settingsWith = (url: string, extra: Record<string, unknown> = {}) =>
  parseSettings({
    context: 'test',
    clusterUid: 'uid',
    prometheus: url,
    redis: 'redis://127.0.0.1:1',
    chat: 'http://127.0.0.1:1/chat',
    scrapeInterval: '15s',
    ...extra,
  });

const lookBack = Object.fromEntries(METRIC_KEYS.map((key) => [key, seconds(600)])) as Record<
  MetricKey,
  ReturnType<typeof seconds>
>;

function fetchFrom(url: string, extra: Record<string, unknown> = {}, back: Partial<typeof lookBack> = {}) {
  return fetchMetrics(settingsWith(url, extra).metrics, {
    url,
    now: NOW,
    lookBack: { ...lookBack, ...back },
    scrapeInterval: seconds(15),
  });
}

type Row = { readonly metric: Record<string, string>; readonly values: readonly (readonly [number, string])[] };
const matrix = (...result: Row[]): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });

const queryIn = (body: string): string => new URLSearchParams(body).get('query') ?? '';

/** What one metric becomes when the server answers its query like this, and all others with nothing. */
async function fetched(key: MetricKey, answer: string | Answer, extra: Record<string, unknown> = {}): Promise<Fetched> {
  const series = key === 'uptime' ? 'up' : key;
  const respond: Answer = (request, response) => {
    if (!queryIn(request.body).includes(series)) return response.end(matrix());
    if (typeof answer === 'function') return answer(request, response);
    return response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  };
  return withServer(respond, async ({ origin }) => (await fetchFrom(origin, extra)).series[key]);
}

const withStatus =
  (status: number, contentType: string, body: string): Answer =>
  (_, response) =>
    response.writeHead(status, { 'content-type': contentType }).end(body);

async function reasonFor(answer: string | Answer): Promise<string> {
  const result = await fetched('error_rate', answer);
  assert.equal(result.kind, 'unreachable');
  return result.reason;
}

describe('fetchMetrics', () => {
  describe('asks Prometheus', () => {
    const requestsOf = (
      ...[extra, back]: [Record<string, unknown>?, Partial<typeof lookBack>?]
    ): Promise<Loopback['received']> =>
      withServer(
        (_, response) => response.end(matrix()),
        async ({ origin, received }) => {
          await fetchFrom(`${origin}/prefix/`, extra, back);
          return received;
        },
      );

    it('once a metric, by an instant query in a form, at the moment of the assessment', async () => {
      const received = await requestsOf();
      assert.equal(received.length, METRIC_KEYS.length);
      for (const { method, url, headers, body } of received) {
        assert.equal(method, 'POST');
        assert.equal(url, '/prefix/api/v1/query');
        assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
        const form = new URLSearchParams(body);
        assert.deepEqual([...form.keys()], ['query', 'time', 'timeout']);
        assert.equal(form.get('time'), '1764000000.25');
        assert.equal(form.get('timeout'), '5000ms');
      }
    });

    it('for the raw samples of each series, with its matchers and its look-back', async () => {
      const received = await requestsOf({ matchers: 'job="denis"' }, { chat_latency_p99: seconds(86_400.0004) });
      assert.deepEqual(received.map(({ body }) => queryIn(body)).sort(), [
        'chat_latency_p99{job="denis"}[86400001ms]',
        'decisiontrace_drops{job="denis"}[600000ms]',
        'error_rate{job="denis"}[600000ms]',
        'graph_write_latency_p99{job="denis"}[600000ms]',
        'materializer_latency_p99{job="denis"}[600000ms]',
        'materializer_new{job="denis"}[600000ms]',
        'materializer_pct{job="denis"}[600000ms]',
        'materializer_success_rate{job="denis"}[600000ms]',
        'memory_usage{job="denis"}[600000ms]',
        'queue_depth{job="denis",queue="tools_mut"}[600000ms]',
        'up{job="denis",pod=~"denis-[a-z0-9]+-[a-z0-9]{5}"}[600000ms]',
        'worker_seen{job="denis"}[600000ms]',
      ]);
    });

    it('for an expression once a scrape interval', async () => {
      const received = await requestsOf({ metrics: { error_rate: { query: 'sum(rate(e[1m])) / sum(rate(a[1m]))' } } });
      const queries = received.map(({ body }) => queryIn(body));
      assert.ok(queries.includes('(sum(rate(e[1m])) / sum(rate(a[1m])))[600000ms:15000ms]'), queries.join('\n'));
    });

    it('not at all for a metric that is switched off, and says why it is', async () => {
      const extra = { metrics: { queue_depth: { off: 'there is no queue' } } };
      const received = await requestsOf(extra);
      assert.equal(received.length, METRIC_KEYS.length - 1);
      assert.ok(received.every(({ body }) => !queryIn(body).includes('queue_depth')));
      assert.deepEqual(await fetched('queue_depth', matrix(), extra), { kind: 'off', reason: 'there is no queue' });
    });

    it('with the user and password of its URL', async () => {
      await withServer(
        (_, response) => response.end(matrix()),
        async ({ origin, received }) => {
          await fetchFrom(origin.replace('//', '//reader:word@'));
          assert.equal(received[0]!.headers.authorization, `Basic ${Buffer.from('reader:word').toString('base64')}`);
        },
      );
    });
  });

  describe('reads', () => {
    it('one series a pod, in our unit', async () => {
      const answer = matrix(
        {
          metric: { pod: 'denis-a' },
          values: [
            [1, '0.01'],
            [2, '0.02'],
          ],
        },
        { metric: { pod: 'denis-b' }, values: [[1.5, '0']] },
      );
      assert.deepEqual(await fetched('error_rate', answer), {
        kind: 'series',
        query: 'error_rate{namespace="denis"}[600000ms]',
        series: [
          { pod: 'denis-a', times: [1, 2], values: [0.01, 0.02] },
          { pod: 'denis-b', times: [1.5], values: [0] },
        ],
        notANumber: 0,
      });
    });

    it('a share that the service writes in percent as a ratio', async () => {
      const answer = matrix({ metric: { pod: 'denis-a' }, values: [[1, '50']] });
      const result = await fetched('error_rate', answer, { metrics: { error_rate: { unit: 'percent' } } });
      assert.equal(result.kind, 'series');
      assert.deepEqual(result.series[0]!.values, [0.5]);
    });

    it('nothing as no series', async () => {
      const result = await fetched('error_rate', matrix());
      assert.deepEqual(result, {
        kind: 'series',
        query: 'error_rate{namespace="denis"}[600000ms]',
        series: [],
        notANumber: 0,
      });
    });

    it('NaN, infinities and empty text as no numbers, and counts them', async () => {
      const values = [
        [1, 'NaN'],
        [2, '+Inf'],
        [3, '-Inf'],
        [4, ''],
        [5, '0.5'],
      ] as const;
      const result = await fetched('error_rate', matrix({ metric: { pod: 'denis-a' }, values }));
      assert.equal(result.kind, 'series');
      assert.deepEqual(result.series, [{ pod: 'denis-a', times: [5], values: [0.5] }]);
      assert.equal(result.notANumber, 4);
    });

    it('several components of one pod side by side', async () => {
      const answer = matrix(
        { metric: { pod: 'denis-a', component: 'api' }, values: [[1, '0.4']] },
        { metric: { pod: 'denis-a', component: 'workers' }, values: [[1, '0.6']] },
      );
      const result = await fetched('memory_usage', answer);
      assert.equal(result.kind, 'series');
      assert.deepEqual(result.series, [
        { pod: 'denis-a', component: 'api', times: [1], values: [0.4] },
        { pod: 'denis-a', component: 'workers', times: [1], values: [0.6] },
      ]);
    });

    it('a pod of which the labels changed as one series, whichever comes first', async () => {
      const before: Row = {
        metric: { pod: 'denis-a', version: '1' },
        values: [
          [1, '0.1'],
          [2, '0.2'],
        ],
      };
      const after: Row = { metric: { pod: 'denis-a', version: '2' }, values: [[3, '0.3']] };
      for (const answer of [matrix(before, after), matrix(after, before)]) {
        const result = await fetched('error_rate', answer);
        assert.equal(result.kind, 'series');
        assert.deepEqual(result.series, [{ pod: 'denis-a', times: [1, 2, 3], values: [0.1, 0.2, 0.3] }]);
      }
    });

    it('two series of one pod at the same time as ambiguous, never as the last of them', async () => {
      const row = (instance: string, ...times: number[]): Row => ({
        metric: { pod: 'denis-a', instance },
        values: times.map((time) => [time, '0.1'] as const),
      });
      for (const answer of [matrix(row('x', 1, 3), row('y', 2, 4)), matrix(row('x', 1, 2), row('y', 2, 3))]) {
        assert.deepEqual(await fetched('error_rate', answer), {
          kind: 'ambiguous',
          query: 'error_rate{namespace="denis"}[600000ms]',
          detail: 'two series for pod denis-a; narrow the matchers of this metric',
        });
      }
    });

    it('a third series that overlaps the joined two as ambiguous', async () => {
      const row = (instance: string, ...times: number[]): Row => ({
        metric: { pod: 'denis-a', instance },
        values: times.map((time) => [time, '0.1'] as const),
      });
      const result = await fetched('error_rate', matrix(row('x', 1, 2), row('y', 5, 6), row('z', 2.5, 5.5)));
      assert.equal(result.kind, 'ambiguous');
    });

    it('a second series that is all NaN beside a good one as no second series', async () => {
      const answer = matrix(
        {
          metric: { pod: 'denis-a', instance: 'x' },
          values: [
            [1, '0.1'],
            [2, '0.1'],
          ],
        },
        {
          metric: { pod: 'denis-a', instance: 'y' },
          values: [
            [1, 'NaN'],
            [2, 'NaN'],
          ],
        },
      );
      const result = await fetched('error_rate', answer);
      assert.equal(result.kind, 'series');
      assert.deepEqual(result.series, [{ pod: 'denis-a', times: [1, 2], values: [0.1, 0.1] }]);
      assert.equal(result.notANumber, 2);
    });

    it('two series without a pod, or of one component, as ambiguous, and names which', async () => {
      const without = await fetched(
        'error_rate',
        matrix({ metric: { a: '1' }, values: [[1, '0']] }, { metric: { a: '2' }, values: [[1, '0']] }),
      );
      assert.equal(
        without.kind === 'ambiguous' && without.detail,
        'two series without a pod label; narrow the matchers of this metric',
      );
      const metric = { pod: 'denis-a', component: 'api' };
      const component = await fetched(
        'memory_usage',
        matrix(
          { metric: { ...metric, a: '1' }, values: [[1, '0']] },
          { metric: { ...metric, a: '2' }, values: [[1, '0']] },
        ),
      );
      assert.equal(
        component.kind === 'ambiguous' && component.detail,
        'two series for pod denis-a and component api; narrow the matchers of this metric',
      );
    });

    describe('counters', () => {
      const jobs = 'materializer_jobs_total';
      const settings = {
        metrics: { materializer_success_rate: { counters: { part: `${jobs}{result="success"}`, whole: jobs } } },
      };
      const part = `${jobs}{namespace="denis",result="success"}[600000ms]`;
      const whole = `${jobs}{namespace="denis"}[600000ms]`;
      const row = (labels: Record<string, string>, ...values: string[]): Row => ({
        metric: { pod: 'denis-a', ...labels },
        values: values.map((value, index) => [index + 1, value] as const),
      });
      const answered = (rows: Record<string, Row[]>, failing = ''): Promise<Fetched> =>
        withServer(
          ({ body }, response) =>
            queryIn(body) === failing
              ? response.writeHead(500).end('no')
              : response.end(matrix(...(rows[queryIn(body)] ?? []))),
          async ({ origin }) => (await fetchFrom(origin, settings)).series.materializer_success_rate,
        );
      const query = `sum(increase(${part})) / sum(increase(${whole}))`;

      it('from two selectors, each series by itself, several of one pod too', async () => {
        const success = row({ result: 'success' }, '1', '3');
        const result = await answered({ [part]: [success], [whole]: [success, row({ result: 'failure' }, '0', '1')] });
        assert.deepEqual(result, {
          kind: 'ratio',
          query,
          part: [{ pod: 'denis-a', times: [1, 2], values: [1, 3] }],
          whole: [
            { pod: 'denis-a', times: [1, 2], values: [1, 3] },
            { pod: 'denis-a', times: [1, 2], values: [0, 1] },
          ],
          notANumber: 0,
        });
      });

      it('of which some samples are no numbers, counted over both', async () => {
        const result = await answered({ [part]: [row({}, 'NaN', '1')], [whole]: [row({}, '+Inf', '2')] });
        assert.ok(result.kind === 'ratio' && result.notANumber === 2, JSON.stringify(result));
        assert.deepEqual(result.whole, [{ pod: 'denis-a', times: [2], values: [2] }]);
      });

      for (const failing of [part, whole]) {
        it(`not at all when one of the two cannot be read: ${failing}`, async () => {
          assert.deepEqual(await answered({ [part]: [row({}, '1')], [whole]: [row({}, '1')] }, failing), {
            kind: 'unreachable',
            query,
            reason:
              'Prometheus: answered 500 with no content type, not JSON; is canary:prometheus its address, and is no login page in between?',
          });
        });
      }
    });

    describe('a histogram', () => {
      const settings = { metrics: { chat_latency_p99: { histogram: 'chat_latency_seconds{path="/chat"}' } } };
      const query =
        'histogram_quantile(0.99, sum by (le) (increase(chat_latency_seconds_bucket{namespace="denis",path="/chat"}[600000ms])))';
      const bucket = (le: string | undefined, pod: string, ...values: string[]): Row => ({
        metric: { pod, ...(le === undefined ? {} : { le }) },
        values: values.map((value, index) => [index + 1, value] as const),
      });
      const answered = (...rows: Row[]): Promise<Fetched> =>
        withServer(
          ({ body }, response) => response.end(matrix(...(queryIn(body).startsWith('chat_latency') ? rows : []))),
          async ({ origin }) => (await fetchFrom(origin, settings)).series.chat_latency_p99,
        );

      it('as buckets by their edge as a number, ascending, the infinite one last', async () => {
        const result = await answered(
          bucket('+Inf', 'denis-a', '4', '5'),
          bucket('10', 'denis-a', '3'),
          bucket('1.0', 'denis-b', 'NaN', '2'),
          bucket('1', 'denis-a', '2'),
          bucket('1e-1', 'denis-a', '1'),
        );
        const series = (pod: string, times: number[], values: number[]) => ({ pod, times, values });
        assert.deepEqual(result, {
          kind: 'histogram',
          query,
          buckets: [
            { le: 0.1, series: [series('denis-a', [1], [1])] },
            { le: 1, series: [series('denis-b', [2], [2]), series('denis-a', [1], [2])] },
            { le: 10, series: [series('denis-a', [1], [3])] },
            { le: Number.POSITIVE_INFINITY, series: [series('denis-a', [1, 2], [4, 5])] },
          ],
          notANumber: 1,
        });
      });

      for (const [le, edge] of [
        ['fast', 'has the edge le="fast", which is no number'],
        ['', 'has the edge le="", which is no number'],
        [undefined, 'has no label le'],
      ] as const) {
        it(`not at all when a bucket ${edge}`, async () => {
          assert.deepEqual(await answered(bucket('+Inf', 'denis-a', '1'), bucket(le, 'denis-b', '1')), {
            kind: 'ambiguous',
            query,
            detail: `a bucket for pod denis-b ${edge}; is it a histogram?`,
          });
        });
      }
    });

    it('the clock of the server', async () => {
      const answer: Answer = (_, response) => {
        response.setHeader('date', new Date(Date.now() + 90_000).toUTCString());
        response.end(matrix());
      };
      const ahead = await withServer(answer, async ({ origin }) => (await fetchFrom(origin)).clockAhead);
      assert.ok(ahead !== undefined && ahead > 85 && ahead <= 90, String(ahead));
    });
  });

  describe('says what to do about', () => {
    it("an error of Prometheus, in Prometheus' words", async () => {
      const error = { status: 'error', errorType: 'bad_data', error: 'invalid parameter "query": 1:5: parse error' };
      assert.equal(
        await reasonFor(withStatus(400, 'application/json', JSON.stringify(error))),
        'Prometheus: answered 400 (bad_data): invalid parameter "query": 1:5: parse error',
      );
    });

    it('an error that comes with a 5xx', async () => {
      const error = { status: 'error', errorType: 'timeout', error: 'query timed out in expression evaluation' };
      assert.equal(
        await reasonFor(withStatus(503, 'application/json', JSON.stringify(error))),
        'Prometheus: answered 503 (timeout): query timed out in expression evaluation',
      );
    });

    it('a 5xx of a proxy', async () => {
      assert.match(
        await reasonFor(withStatus(502, 'text/plain', 'Bad Gateway')),
        /^Prometheus: answered 502 with text\/plain, not JSON; is canary:prometheus its address/,
      );
    });

    it('a login page instead of JSON', async () => {
      assert.equal(
        await reasonFor(withStatus(200, 'text/html; charset=utf-8', '<html>Log in</html>')),
        'Prometheus: answered 200 with text/html, not JSON; is canary:prometheus its address, and is no login page in between?',
      );
    });

    it('a warning that the answer may be partial', async () => {
      const partial = JSON.stringify({
        status: 'success',
        warnings: ['store 2 did not answer'],
        data: { resultType: 'matrix', result: [] },
      });
      assert.equal(
        await reasonFor(withStatus(200, 'application/json', partial)),
        'Prometheus: it warns that its answer may be partial: store 2 did not answer',
      );
    });

    it('a redirection', async () => {
      const answer: Answer = (_, response) => response.writeHead(302, { location: '/login' }).end();
      assert.match(await reasonFor(answer), /^Prometheus: answered 302 with no content type, not JSON/);
    });

    const otherForms = [
      '{}',
      'null',
      '[]',
      '"success"',
      '{"status":"success"}',
      '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"0.1"]}]}}',
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,0.1]]}]}}',
      '{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"pod":1},"values":[]}]}}',
    ];
    for (const body of otherForms) {
      it(`JSON of another form: ${body.slice(0, 70)}`, async () => {
        assert.equal(
          await reasonFor(body),
          'Prometheus: answered 200 with JSON of another form than that of its HTTP API',
        );
      });
    }

    it('nobody listening: of every metric, and the clock is unknown', async () => {
      const origin = await nobodyAt();
      const { series, clockAhead } = await fetchFrom(origin.replace('//', '//reader:word@'));
      for (const key of METRIC_KEYS) {
        const result = series[key];
        assert.equal(result.kind, 'unreachable');
        assert.equal(result.reason, `Prometheus: connection refused at ${origin}`);
      }
      assert.equal(clockAhead, undefined);
    });
  });

  it('keeps the failure of one metric to that metric', async () => {
    const answer: Answer = ({ body }, response) =>
      queryIn(body).startsWith('queue_depth')
        ? response.writeHead(500).end('no')
        : response.end(matrix({ metric: { pod: 'denis-a' }, values: [[1, '0.1']] }));
    await withServer(answer, async ({ origin }) => {
      const { series } = await fetchFrom(origin);
      for (const key of METRIC_KEYS)
        assert.equal(series[key].kind, key === 'queue_depth' ? 'unreachable' : 'series', key);
    });
  });

  it('ends with its caller instead of waiting for its own time-out', async () => {
    const caller = new AbortController();
    await withServer(
      () => caller.abort(new Error('the caller left')),
      async ({ origin }) => {
        const { series } = await fetchMetrics(settingsWith(origin).metrics, {
          url: origin,
          now: NOW,
          lookBack,
          scrapeInterval: seconds(15),
          signal: caller.signal,
        });
        assert.ok(METRIC_KEYS.every((key) => series[key].kind === 'unreachable'));
      },
    );
  });
});
