import assert from 'node:assert/strict';
import { readHistory } from '../../observe/history';
import type { RawSettings } from '../../phases/settings';
import { unixSeconds } from '../../phases/units';
import type { Fetched } from '../../rollout/series';
import { validSettings } from '../support/validSettings';
import { nobodyAt, type Received, withServer } from './support/loopback';

const FROM = 1_000_000;
const DAY = 86_400;

interface Asked {
  readonly query: string;
  readonly time: number;
  /** Seconds. */
  readonly range: number;
}

function askedIn({ body }: Received): Asked {
  const form = new URLSearchParams(body);
  const query = form.get('query')!;
  return { query, time: Number(form.get('time')), range: Number(/\[(\d+)ms\]$/.exec(query)![1]) / 1000 };
}

const answer = (result: readonly object[]): string =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result } });

/** Reads a span from a server that answers each query by itself. */
async function history(days: number, result: (asked: Asked) => readonly object[], own: RawSettings = {}) {
  let asked: Asked[] = [];
  const reading = await withServer(
    (request, response) => response.end(answer(result(askedIn(request)))),
    async (server) => {
      const read = await readHistory(validSettings(own), {
        url: server.origin,
        from: unixSeconds(FROM),
        to: unixSeconds(FROM + days * DAY),
      });
      asked = server.received.map(askedIn);
      return read;
    },
  );
  assert.equal(reading.kind, 'read', JSON.stringify(reading));
  return { series: reading.value, asked };
}

const points = (fetched: Fetched) => {
  assert.equal(fetched.kind, 'series');
  return fetched.series.map(({ pod, component, times, values }) => [pod, component ?? '', [...times], [...values]]);
};

describe('readHistory', () => {
  it('reads at most a day at once, without a gap, with the look-back of the baseline for chat p99 alone', async () => {
    const { asked } = await history(2.5, () => []);
    const of = (metric: string) =>
      asked
        .filter(({ query }) => query.startsWith(metric))
        .map(({ time, range }) => [time - range - FROM, time - FROM])
        .sort(([a], [b]) => a! - b!);
    assert.deepEqual(of('error_rate'), [
      [-360, DAY - 360],
      [DAY - 360, 2 * DAY - 360],
      [2 * DAY - 360, 2.5 * DAY],
    ]);
    assert.deepEqual(of('chat_latency_p99')[0], [-DAY, DAY - 360]);
    assert.equal(of('chat_latency_p99').length, 3);
  });

  it('joins what it read, each pod and component by itself, and a sample that came twice once', async () => {
    const border = FROM + DAY - 360;
    const { series } = await history(1.5, ({ query, time }) => {
      if (!query.startsWith('memory_usage')) return [];
      const values =
        time === border
          ? [
              [border - 15, '1'],
              [border, '2'],
            ]
          : [
              [border, '2'],
              [border + 15, 'NaN'],
              [border + 30, '4'],
            ];
      const row = (pod: string, component: string) => ({ metric: { pod, component }, values });
      return time === border ? [row('a', 'api')] : [row('a', 'api'), row('b', 'api'), row('a', 'workers')];
    });
    const [both, later] = [
      [
        [border - 15, border, border + 30],
        [1, 2, 4],
      ],
      [
        [border, border + 30],
        [2, 4],
      ],
    ];
    assert.deepEqual(points(series.memory_usage), [
      ['a', 'api', ...both!],
      ['b', 'api', ...later!],
      ['a', 'workers', ...later!],
    ]);
    assert.equal(series.memory_usage.kind === 'series' && series.memory_usage.notANumber, 3);
  });

  it('keeps what is ambiguous in one stretch so for the whole, and what is switched off', async () => {
    const twice = { metric: { pod: 'a' }, values: [[FROM, '1']] };
    for (const bad of [FROM + DAY - 360, FROM + 2 * DAY - 360]) {
      const { series } = await history(
        2,
        ({ query, time }) => (query.startsWith('error_rate') && time === bad ? [twice, twice] : []),
        { metrics: { uptime: { off: 'no up here' } } },
      );
      assert.equal(series.error_rate.kind, 'ambiguous');
      assert.deepEqual(series.uptime, { kind: 'off', reason: 'no up here' });
    }
  });

  const read = (url: string) =>
    readHistory(validSettings(), { url, from: unixSeconds(FROM), to: unixSeconds(FROM + DAY) });

  it('says that Prometheus cannot be reached', async () => {
    const reading = await read(await nobodyAt());
    assert.equal(reading.kind, 'unreadable');
    assert.match(reading.reason, /^materializer_success_rate, .*: Prometheus: connection refused at http:\/\/127/);
  });

  it('says which metric could not be read when the others were', async () => {
    const reading = await withServer(
      (request, response) => {
        const error = { status: 'error', errorType: 'execution', error: 'too many samples' };
        const bad = askedIn(request).query.startsWith('queue_depth');
        response.statusCode = bad ? 422 : 200;
        response.end(bad ? JSON.stringify(error) : answer([]));
      },
      ({ origin }) => read(origin),
    );
    assert.equal(reading.kind, 'unreadable');
    assert.equal(reading.reason, 'queue_depth: Prometheus: answered 422 (execution): too many samples');
  });
});
