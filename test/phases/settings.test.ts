import assert from 'node:assert/strict';
import { METRIC_KEYS } from '../../phases/metrics';
import { parseClusterSettings, parseSettings, type RawSettings, rawSettings } from '../../phases/settings';
import { UserError } from '../../phases/userError';
import { LEAST_SETTINGS, validSettings } from '../support/validSettings';

/** The sentences a set of settings is refused with. */
function refusal(own: RawSettings, parse: (raw: RawSettings) => unknown = parseSettings): string[] {
  try {
    parse({ ...LEAST_SETTINGS, ...own });
  } catch (thrown) {
    assert.ok(thrown instanceof UserError);
    assert.equal(thrown.code, 'settings');
    return thrown.message.split('\n');
  }
  return assert.fail('the settings were accepted');
}

describe('phases/settings', () => {
  describe('defaults', () => {
    it("are the plan's, once the cluster and the URLs are named", () => {
      const { timing, metrics, ...plain } = validSettings();
      assert.deepEqual(plain, {
        context: 'production',
        clusterUid: '6a1b7c1e-0000-4000-8000-1234567890ab',
        namespace: 'denis',
        deployment: 'denis',
        container: 'denis',
        workers: 'denis-workers',
        port: 8084,
        enabled: true,
        podAccess: 'direct',
        timezone: 'UTC',
        watcher: { kind: 'own' },
        source: { kind: 'prometheus', url: 'http://prometheus.test:9090' },
        redis: 'redis://redis.test:6379',
        chat: 'http://denis.test:8084/chat',
        matrixSuccess: 98,
        minimumJobs: 100,
        ruleMinimumJobs: 20,
        ruleMinimumFailed: 8,
        grafana: 'https://grafana.denis.run/d/materializers-canary',
      });
      assert.equal(timing.scale, 1);
      assert.equal(timing.scrapeInterval, 15);
      assert.deepEqual(Object.keys(metrics), [...METRIC_KEYS]);
    });

    it('read every series of the namespace under its own name', () => {
      const { metrics } = validSettings();
      assert.deepEqual(Object.fromEntries(METRIC_KEYS.map((key) => [key, metrics[key].query])), {
        materializer_success_rate: 'materializer_success_rate{namespace="denis"}',
        materializer_latency_p99: 'materializer_latency_p99{namespace="denis"}',
        error_rate: 'error_rate{namespace="denis"}',
        chat_latency_p99: 'chat_latency_p99{namespace="denis"}',
        queue_depth: 'queue_depth{namespace="denis",queue="tools_mut"}',
        worker_seen: 'worker_seen{namespace="denis"}',
        decisiontrace_drops: 'decisiontrace_drops{namespace="denis"}',
        graph_write_latency_p99: 'graph_write_latency_p99{namespace="denis"}',
        memory_usage: 'memory_usage{namespace="denis"}',
        uptime: 'up{namespace="denis",pod=~"denis-[a-z0-9]+-[a-z0-9]{5}"}',
        materializer_pct: 'materializer_pct{namespace="denis"}',
        materializer_new: 'materializer_new{namespace="denis"}',
      });
      for (const key of METRIC_KEYS) {
        assert.equal(metrics[key].expression, false);
        assert.equal(metrics[key].factor, 1);
        assert.equal(metrics[key].off, undefined);
      }
    });
  });

  it('name who watches, where it is another system', () => {
    for (const watcher of ['external:pager duty', 'external: pager duty'])
      assert.deepEqual(parseSettings({ ...LEAST_SETTINGS, watcher }).watcher, { kind: 'external', name: 'pager duty' });
  });

  describe('a bad value', () => {
    const url = (key: string, protocols: string): string =>
      `canary:${key}: expected a URL that starts with ${protocols}; found another value`;
    const durations = 'expected a duration with a unit, such as 4h, 1h30m or 15s';
    const setContext = 'set it with: pulumi config set canary:context "$(kubectl config current-context)"';
    const setUid = `set it with: pulumi config set canary:clusterUid "$(kubectl get namespace kube-system -o jsonpath='{.metadata.uid}')"`;
    const rows: readonly [own: RawSettings, sentence: string][] = [
      [{ context: undefined }, `canary:context: expected string, received undefined; found nothing; ${setContext}`],
      [
        { context: '' },
        `canary:context: too small: expected string to have >=1 characters; found another value; ${setContext}`,
      ],
      [{ clusterUid: undefined }, `canary:clusterUid: expected string, received undefined; found nothing; ${setUid}`],
      [
        { namespace: 'Denis' },
        'canary:namespace: expected a Kubernetes name (lower case letters, digits and -); found "Denis"',
      ],
      [
        { deployment: '-x' },
        'canary:deployment: expected a Kubernetes name (lower case letters, digits and -); found "-x"',
      ],
      [
        { container: 'a b' },
        'canary:container: expected a Kubernetes name (lower case letters, digits and -); found "a b"',
      ],
      [{ workers: '' }, 'canary:workers: expected a Kubernetes name (lower case letters, digits and -); found ""'],
      [{ port: 0 }, 'canary:port: too small: expected number to be >=1; found 0'],
      [{ port: 65_536 }, 'canary:port: too big: expected number to be <=65535; found 65536'],
      [{ port: 'http' }, 'canary:port: expected number, received string; found "http"'],
      [{ enabled: 'yes' }, 'canary:enabled: expected boolean, received string; found "yes"'],
      [{ enabled: 0 }, 'canary:enabled: expected boolean, received number; found 0'],
      [
        { podAccess: 'proxy' },
        'canary:podAccess: invalid option: expected one of "direct"|"port-forward"; found "proxy"',
      ],
      [
        { timezone: 'Mars/Base' },
        'canary:timezone: expected a time zone of the IANA database, such as Europe/Madrid; found "Mars/Base"',
      ],
      [
        { watcher: 'external' },
        'canary:watcher: expected own, or external: and the name of the system that watches; found "external"',
      ],
      [
        { watcher: 'external:  ' },
        'canary:watcher: expected own, or external: and the name of the system that watches; found "external:  "',
      ],
      [
        { prometheus: undefined },
        'canary:prometheus: expected a URL that starts with http:// or https:// (needed by source prometheus); found nothing',
      ],
      [
        { source: 'journal' },
        'canary:source: invalid option: expected one of "prometheus"|"endpoint"; found "journal"',
      ],
      [{ journal: 'state' }, 'canary:journal: expected an absolute path, or one that begins with ~/; found "state"'],
      [{ prometheus: 'prometheus:9090' }, url('prometheus', 'http:// or https://')],
      [
        { redis: 'http://redis' },
        'canary:redis: expected a URL like redis://host:6379/0 or redis+sentinel://host:26379,host:26379/NAME/0 (rediss for TLS); found another value',
      ],
      [{ chat: '/chat' }, url('chat', 'http:// or https://')],
      [{ grafana: 'grafana' }, url('grafana', 'http:// or https://')],
      [{ scrapeInterval: '15' }, `canary:scrapeInterval: ${durations}; found "15"`],
      [{ scrapeInterval: 15 }, `canary:scrapeInterval: ${durations}; found 15`],
      [{ scrapeInterval: '0s' }, `canary:scrapeInterval: ${durations}; found "0s"`],
      [{ scrapeInterval: '-1s' }, `canary:scrapeInterval: ${durations}; found "-1s"`],
      [{ matrixSuccess: 100.1 }, 'canary:matrixSuccess: too big: expected number to be <=100; found 100.1'],
      [{ matrixSuccess: '98 %' }, 'canary:matrixSuccess: expected number, received string; found "98 %"'],
      [{ minimumJobs: 0 }, 'canary:minimumJobs: too small: expected number to be >=1; found 0'],
      [{ minimumJobs: 1.5 }, 'canary:minimumJobs: expected int, received number; found 1.5'],
      [{ timeScale: 0.5 }, 'canary:timeScale: too small: expected number to be >=1; found 0.5'],
      [{ matchers: 7 }, 'canary:matchers: expected string, received number; found another value'],
      [{ metrics: '{"error_rate"' }, 'canary:metrics: expected record, received string; found another value'],
      [
        { metrics: { error_rate: { series: '' } } },
        'canary:metrics.error_rate.series: too small: expected string to have >=1 characters; found another value',
      ],
      [
        { metrics: { error_rate: { unit: 'ratio' } } },
        'canary:metrics.error_rate.unit: expected "percent"; found another value',
      ],
      [
        { metrics: { worker_seen: { acrossPods: 'newest' } } },
        'canary:metrics.worker_seen.acrossPods: invalid option: expected one of "avg"|"max"|"sum"; found another value',
      ],
      [
        { metrics: { uptime: { off: '' } } },
        'canary:metrics.uptime.off: too small: expected string to have >=1 characters; found another value',
      ],
      [
        { metrics: { error_rate: { counters: { part: 'errors' } } } },
        'canary:metrics.error_rate.counters.whole: expected string, received undefined; found another value',
      ],
      [
        { metrics: { error_rate: { counters: { part: 'rate(errors[1m])', whole: 'requests' } } } },
        'canary:metrics.error_rate.counters.part: expected the name of a series, with label matchers in braces where needed; found another value',
      ],
      [
        { metrics: { chat_latency_p99: { histogram: 'chat seconds' } } },
        'canary:metrics.chat_latency_p99.histogram: expected the name of a series, with label matchers in braces where needed; found another value',
      ],
    ];
    for (const [own, sentence] of rows) {
      it(`is refused by name: ${JSON.stringify(own)}`, () => assert.deepEqual(refusal(own), [sentence]));
    }

    it('is named beside every other one, a sentence each', () => {
      assert.deepEqual(
        refusal({ port: 0, podAccess: 'x' }).map((sentence) => sentence.split(': ')[0]),
        ['canary:port', 'canary:podAccess'],
      );
    });

    it('never shows what may hold a password', () => {
      const secret = 'hunter2';
      for (const key of ['prometheus', 'redis', 'chat', 'grafana']) {
        const text = refusal({ [key]: `ftp://user:${secret}@host`, [`${key}Password`]: secret }).join('\n');
        assert.ok(text.includes(`canary:${key}:`) && !text.includes(secret), text);
      }
      const metrics = { error_rate: { query: secret, unit: secret, [`x`]: secret } };
      assert.ok(
        !refusal({ metrics, context: 7, matchers: [secret] })
          .join('\n')
          .includes(secret),
      );
    });
  });

  describe('an unknown key', () => {
    const unknown = 'unknown setting; the known ones are listed in docs/settings.md';
    it('is refused by name, at any depth', () => {
      assert.deepEqual(refusal({ tmiezone: 'UTC', foo: 1 }), [`canary:tmiezone, canary:foo: ${unknown}`]);
      assert.deepEqual(refusal({ metrics: { errors: {} } }), [`canary:metrics.errors: ${unknown}`]);
      assert.deepEqual(refusal({ metrics: { error_rate: { serie: 'x' } } }), [
        `canary:metrics.error_rate.serie: ${unknown}`,
      ]);
    });
  });

  describe("Pulumi's text form", () => {
    it("reads like YAML's typed form", () => {
      const typed = {
        port: 8085,
        enabled: false,
        matrixSuccess: 98.5,
        minimumJobs: 20,
        timeScale: 60,
        scrapeInterval: '1s',
        timezone: 'Europe/Madrid',
        metrics: { error_rate: { series: 'errors', unit: 'percent' }, uptime: { off: 'no probe' } },
      };
      const text = Object.fromEntries(
        Object.entries(typed).map(([key, value]) => [key, typeof value === 'string' ? value : JSON.stringify(value)]),
      );
      const plain = (raw: RawSettings): unknown => JSON.parse(JSON.stringify(validSettings(raw)));
      assert.deepEqual(plain(text), plain(typed));
      assert.equal(validSettings(text).enabled, false);
      assert.equal(validSettings(text).timing.scale, 60);
    });

    it('keeps a text that looks like a number a text', () => {
      assert.equal(validSettings({ context: '123', namespace: '7' }).namespace, '7');
      assert.equal(validSettings({ context: '123' }).context, '123');
    });
  });

  describe('a metric', () => {
    it('takes its own series, matchers, unit and fold', () => {
      const { metrics } = validSettings({
        matchers: 'app="denis"',
        metrics: {
          error_rate: { series: 'http_error_percent', unit: 'percent' },
          chat_latency_p99: { matchers: 'job="front"' },
          queue_depth: { acrossPods: 'sum', matchers: '' },
          materializer_success_rate: { query: 'sum(ok) / sum(all)', matchers: 'ignored="yes"' },
          uptime: { matchers: 'job="probe"' },
        },
      });
      assert.deepEqual(
        [metrics.error_rate.query, metrics.error_rate.factor, metrics.error_rate.expression],
        ['http_error_percent{app="denis"}', 0.01, false],
      );
      assert.equal(metrics.chat_latency_p99.query, 'chat_latency_p99{job="front"}');
      assert.equal(metrics.queue_depth.query, 'queue_depth{queue="tools_mut"}');
      assert.equal(metrics.queue_depth.definition.acrossPods, 'sum');
      assert.deepEqual(
        [metrics.materializer_success_rate.query, metrics.materializer_success_rate.expression],
        ['sum(ok) / sum(all)', true],
      );
      assert.equal(metrics.uptime.query, 'up{job="probe"}');
      assert.equal(metrics.memory_usage.query, 'memory_usage{app="denis"}');
      assert.equal(metrics.memory_usage.definition.acrossPods, 'max');
    });

    it('follows the namespace and the Deployment by default', () => {
      const { metrics } = validSettings({ namespace: 'chat', deployment: 'front' });
      assert.equal(metrics.error_rate.query, 'error_rate{namespace="chat"}');
      assert.equal(metrics.uptime.query, 'up{namespace="chat",pod=~"front-[a-z0-9]+-[a-z0-9]{5}"}');
    });

    it('is read as percent only where it is a share', () => {
      const shares = ['materializer_success_rate', 'error_rate', 'memory_usage', 'uptime'];
      for (const key of METRIC_KEYS) {
        const own = { metrics: { [key]: { unit: 'percent' } } };
        if (shares.includes(key)) assert.equal(validSettings(own).metrics[key].factor, 0.01, key);
        else {
          assert.deepEqual(refusal(own), [
            `canary:metrics.${key}.unit: percent is for shares only; found another value`,
          ]);
        }
      }
    });

    it('is read from two counters only where it is a share of events', () => {
      const own = { part: 'done{result="ok"}', whole: 'done' };
      for (const key of METRIC_KEYS) {
        const given = { metrics: { [key]: { counters: own } } };
        if (key !== 'materializer_success_rate' && key !== 'error_rate') {
          assert.deepEqual(refusal(given), [
            `canary:metrics.${key}.counters: counters are for materializer_success_rate and error_rate only; found another value`,
          ]);
          continue;
        }
        const { counted, definition, query } = validSettings(given).metrics[key];
        const [part, whole] = ['done{namespace="denis",result="ok"}', 'done{namespace="denis"}'];
        assert.deepEqual(counted, { kind: 'ratio', part, whole });
        assert.equal(definition.statistic, 'ratio');
        assert.equal(query, `${part} / ${whole}`);
      }
    });

    it('is read from a histogram only where it is a latency', () => {
      const latencies = ['materializer_latency_p99', 'chat_latency_p99', 'graph_write_latency_p99'];
      for (const key of METRIC_KEYS) {
        const given = { metrics: { [key]: { histogram: 'took_seconds{path="/x"}' } } };
        if (!latencies.includes(key)) {
          assert.deepEqual(refusal(given), [
            `canary:metrics.${key}.histogram: a histogram is for latencies only; found another value`,
          ]);
          continue;
        }
        const { counted, definition } = validSettings(given).metrics[key];
        assert.deepEqual(counted, { kind: 'histogram', buckets: 'took_seconds_bucket{namespace="denis",path="/x"}' });
        assert.equal(definition.statistic, 'p99');
      }
    });

    it('has one way to be read: what counters or a histogram take the place of is refused beside them', () => {
      const counters = { part: 'a', whole: 'b' };
      const rows = [
        ['error_rate', { counters, series: 'x' }, 'series: counters take'],
        ['error_rate', { counters, query: 'x' }, 'query: counters take'],
        ['error_rate', { counters, unit: 'percent' }, 'unit: counters take'],
        ['error_rate', { counters, acrossPods: 'max' }, 'acrossPods: counters take'],
        ['chat_latency_p99', { histogram: 'x', series: 'x' }, 'series: histogram takes'],
      ] as const;
      for (const [key, own, complaint] of rows) {
        assert.deepEqual(refusal({ metrics: { [key]: own } }), [
          `canary:metrics.${key}.${complaint} its place; remove one of the two; found another value`,
        ]);
      }
    });

    it('takes no label matchers twice: its own replace the common ones for counters and histograms too', () => {
      const { metrics } = validSettings({
        metrics: {
          error_rate: { matchers: '', counters: { part: 'failed', whole: 'all{a="b"}' } },
          chat_latency_p99: { matchers: 'job="front"', histogram: 'chat_seconds' },
        },
      });
      assert.deepEqual(metrics.error_rate.counted, { kind: 'ratio', part: 'failed{}', whole: 'all{a="b"}' });
      assert.deepEqual(metrics.chat_latency_p99.counted, {
        kind: 'histogram',
        buckets: 'chat_seconds_bucket{job="front"}',
      });
    });

    it('can be switched off with a reason, but never what a judgement cannot do without', () => {
      const needed = ['materializer_success_rate', 'error_rate', 'materializer_pct', 'materializer_new'];
      for (const key of METRIC_KEYS) {
        const own = { metrics: { [key]: { off: 'the service has no such series' } } };
        if (needed.includes(key)) {
          const [sentence] = refusal(own);
          assert.match(sentence!, /^canary:metrics.* cannot be switched off; found another value$/, key);
          assert.ok(sentence!.includes(key), sentence);
        } else {
          assert.equal(validSettings(own).metrics[key].off, 'the service has no such series', key);
        }
      }
    });
  });

  describe('the source of the samples', () => {
    it('is the Prometheus of the settings', () => {
      assert.deepEqual(validSettings({ source: 'prometheus' }).source, {
        kind: 'prometheus',
        url: 'http://prometheus.test:9090',
      });
    });

    it('may be the endpoint of every pod, which needs no Prometheus and minds none', () => {
      assert.deepEqual(validSettings({ source: 'endpoint', prometheus: undefined }).source, { kind: 'endpoint' });
      assert.deepEqual(validSettings({ source: 'endpoint' }).source, { kind: 'endpoint' });
      assert.equal(validSettings({ source: 'endpoint', journal: '/var/lib/canary' }).journal, '/var/lib/canary');
      assert.equal(validSettings({ journal: '~/canary' }).journal, '~/canary');
    });

    it('evaluates no expression where it is an endpoint', () => {
      const metrics = { error_rate: { query: 'sum(errors)' }, queue_depth: { query: 'sum(queue)' } };
      assert.deepEqual(
        refusal({ source: 'endpoint', metrics }),
        ['error_rate', 'queue_depth'].map(
          (key) =>
            `canary:metrics.${key}.query: source endpoint has nothing that evaluates PromQL; name a series; found another value`,
        ),
      );
      assert.equal(validSettings({ metrics }).metrics.error_rate.expression, true);
    });
  });

  describe('an override', () => {
    const override = {
      reason: 'the load test runs until noon',
      author: 'eva',
      checks: ['chat-p99'],
      expires: '2026-11-26T09:00:00Z',
    };

    it('names checks, with a reason, an author and an end', () => {
      assert.deepEqual(validSettings({ override }).override, override);
      assert.deepEqual(validSettings({ override: JSON.stringify(override) }).override, override);
      assert.equal(validSettings().override, undefined);
    });

    const shown = (own: object): string => JSON.stringify({ ...override, ...own });
    const rows: readonly [own: object, sentence: string][] = [
      [{ reason: 'because' }, 'reason: expected a reason of at least ten characters'],
      [{ author: '' }, 'author: too small: expected string to have >=1 characters'],
      [{ checks: [] }, 'checks: too small: expected array to have >=1 items'],
      [{ expires: 'tomorrow' }, 'expires: expected a time such as 2026-11-26T09:00:00Z'],
      [{ expires: '2026-11-26T09:00:00' }, 'expires: expected a time such as 2026-11-26T09:00:00Z'],
    ];
    for (const [own, sentence] of rows) {
      it(`is refused by name: ${JSON.stringify(own)}`, () =>
        assert.deepEqual(refusal({ override: { ...override, ...own } }), [
          `canary:override.${sentence}; found ${shown(own)}`,
        ]));
    }

    it('names checks that exist, and nothing else', () => {
      assert.match(
        refusal({ override: { ...override, checks: ['luck'] } }).join('\n'),
        /^canary:override\.checks\.0: invalid option/,
      );
      assert.match(
        refusal({ override: { ...override, until: 'x' } }).join('\n'),
        /^canary:override\.until: unknown setting/,
      );
    });
  });

  describe('the settings of a lowering move', () => {
    it('need the cluster alone', () => {
      const { context, clusterUid } = LEAST_SETTINGS;
      assert.deepEqual(parseClusterSettings({ context, clusterUid }), {
        context: 'production',
        clusterUid: '6a1b7c1e-0000-4000-8000-1234567890ab',
        namespace: 'denis',
        deployment: 'denis',
        container: 'denis',
        workers: 'denis-workers',
        port: 8084,
        enabled: true,
        podAccess: 'direct',
      });
    });

    it('do not mind a mistake anywhere else', () => {
      const broken = {
        prometheus: 'nowhere',
        redis: 7,
        timezone: 'Mars/Base',
        scrapeInterval: 15,
        metrics: '{',
        typo: true,
        timeScale: -1,
        journal: 7,
        enabled: 'false',
      };
      assert.equal(parseClusterSettings({ ...LEAST_SETTINGS, ...broken }).enabled, false);
    });

    it('still name the cluster', () => {
      assert.match(refusal({ clusterUid: undefined }, parseClusterSettings).join('\n'), /^canary:clusterUid: /);
    });
  });

  describe('rawSettings', () => {
    it("takes the canary: keys, and no other namespace's", () => {
      const config = { 'canary:port': '1', 'canary:a:b': 2, 'aws:region': 'x', canary: 3, 'xcanary:port': 4 };
      assert.deepEqual(rawSettings(config), { port: '1', 'a:b': 2 });
    });
  });
});
