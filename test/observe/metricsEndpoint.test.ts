import assert from 'node:assert/strict';
import { scrapePod, upOf } from '../../observe/metricsEndpoint';
import type { PodAccess } from '../../observe/podAccess';
import { podState } from '../support/clusterState';
import { type Answer, type Loopback, nobodyAt, withServer } from './support/loopback';

const POD = podState('denis-a');
const at =
  (origin: string): PodAccess =>
  (_, use) =>
    use(origin);

/** What a pod that answers like this is scraped as: series as text, or the reason. */
async function scraped(answer: Answer, timeoutMs = 2_000): Promise<readonly string[] | string> {
  return withServer(answer, async ({ origin }) => {
    const result = await scrapePod(POD, { access: at(origin), namespace: 'denis', timeoutMs });
    if (result.kind === 'unreadable') return result.reason;
    return result.value.map(
      ({ name, labels, value }) => `${name} ${JSON.stringify(Object.fromEntries(labels))} ${value}`,
    );
  });
}

const text =
  (body: string, contentType = 'text/plain; version=0.0.4; charset=utf-8'): Answer =>
  (_, response) =>
    response.setHeader('content-type', contentType).end(body);

describe('scrapePod', () => {
  it('asks for /metrics in the format it reads, and adds the labels of its target', async () => {
    const received: Loopback['received'][number][] = [];
    const found = await scraped((request, response) => {
      received.push(request);
      text('error_rate 0.5\nqueue_depth{queue="tools_mut"} 7\n')(request, response);
    });
    assert.deepEqual(found, [
      'error_rate {"namespace":"denis","pod":"denis-a"} 0.5',
      'queue_depth {"queue":"tools_mut","namespace":"denis","pod":"denis-a"} 7',
    ]);
    assert.deepEqual(
      received.map(({ method, url, headers }) => [method, url, headers.accept]),
      [['GET', '/metrics', 'text/plain;version=0.0.4']],
    );
  });

  it('keeps own labels of the same names under exported_, and no empty label', async () => {
    assert.deepEqual(await scraped(text('a{pod="other",namespace="x",b=""} 1\n')), [
      'a {"pod":"denis-a","namespace":"denis","exported_namespace":"x","exported_pod":"other"} 1',
    ]);
  });

  it('leaves it to the scrape whether the pod is up', async () => {
    assert.deepEqual(await scraped(text('up 1\na 1\n')), ['a {"namespace":"denis","pod":"denis-a"} 1']);
    assert.deepEqual(
      [true, false].map((answered) => upOf(POD, 'denis', answered).value),
      [1, 0],
    );
  });

  const reasons: readonly [what: string, answer: Answer, reason: string | RegExp][] = [
    ['another status', (_, response) => response.writeHead(404).end('no'), '/metrics answers 404'],
    ['a redirection', (_, response) => response.writeHead(302, { location: '/login' }).end(), '/metrics answers 302'],
    [
      'a page',
      text('<html>', 'text/html; charset=utf-8'),
      "/metrics is text/html, expected text/plain, version 0.0.4 of Prometheus' format",
    ],
    [
      'OpenMetrics, whose timestamps are seconds',
      text('a 1\n# EOF\n', 'application/openmetrics-text; version=1.0.0'),
      "/metrics is application/openmetrics-text, expected text/plain, version 0.0.4 of Prometheus' format",
    ],
    ['a line that is none', text('a 1\nb\n'), 'line 2: expected a value, found the end of the line'],
    [
      'half an answer',
      text('a 1\nb 2'),
      'line 2: expected a line feed at its end (the answer was cut off), found "b 2"',
    ],
    ['a lost connection', (_, response) => response.destroy(), /^connection lost at http:/],
    [
      'more than 16 MiB',
      (_, response) => response.end('#'.repeat(17 * 1024 * 1024)),
      /^more than 16 MiB were sent at http:/,
    ],
  ];
  for (const [what, answer, reason] of reasons) {
    it(`says what is wrong with ${what}`, async () => {
      const found = await scraped(answer);
      assert.ok(typeof found === 'string', 'it was read');
      if (typeof reason === 'string') assert.equal(found, reason);
      else assert.match(found, reason);
    });
  }

  it('says that nobody listens', async () => {
    const origin = await nobodyAt();
    assert.deepEqual(await scrapePod(POD, { access: at(origin), namespace: 'denis', timeoutMs: 2_000 }), {
      kind: 'unreadable',
      reason: `connection refused at ${origin}`,
    });
  });

  it('waits no longer than its deadline, for an answer, for the rest of one, and for a way to the pod', async () => {
    const never: PodAccess = () => new Promise(() => {});
    const started = performance.now();
    assert.equal(await scraped(() => {}, 200), 'no answer within 0.2 s');
    assert.equal(await scraped((_, response) => response.write('a 1\n'), 200), 'no answer within 0.2 s');
    const found = await scrapePod(POD, { access: never, namespace: 'denis', timeoutMs: 200 });
    assert.equal(found.kind === 'unreadable' && found.reason, 'no answer within 0.2 s');
    assert.ok(performance.now() - started < 3_000);
  });

  it('says what keeps it from a pod that has no address', async () => {
    const access: PodAccess = () => {
      throw new Error('it has no address yet');
    };
    const found = await scrapePod(POD, { access, namespace: 'denis', timeoutMs: 200 });
    assert.equal(found.kind === 'unreadable' && found.reason, 'it has no address yet');
  });
});
