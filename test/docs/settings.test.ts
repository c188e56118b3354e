import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { journalFolder } from '../../observe/journalFolder';
import { celerySchema } from '../../phases/celerySettings';
import { decisionTraceSchema } from '../../phases/decisionTraceSettings';
import { logsSchema } from '../../phases/logsSettings';
import { METRIC_KEYS, METRICS, type MetricKey, type Statistic } from '../../phases/metrics';
import { parseBaseSettings, parseClusterSettings, parseSettings } from '../../phases/settings';
import { formatDuration } from '../../phases/units';
import { allPages, codeIn, page, ROOT, tableRows } from './support/pages';

const settings = page('docs/settings.md');
const bare = (cell: string): string => cell.replaceAll('`', '');
/** Rows of all tables of settings: key without prefix, type, default. */
const rows = [
  'Cluster',
  'Metrics and judgement',
  'Beside the metrics',
  'Dashboard and alerts',
  'Admission policy',
  'Watcher in the cluster',
  'Notifications',
].flatMap((heading) => {
  const text = settings.text.slice(settings.text.indexOf(`\n## ${heading}\n`));
  return tableRows({ name: settings.name, text }, 'key', 'type', 'default').map((cells) => ({
    key: bare(cells[0]!).replace(/^canary:/, ''),
    fallback: bare(cells[2]!),
  }));
});
const documented = rows.map(({ key }) => key);

/** Keys of one of the object literals that the schemas are made of. */
function keysIn(source: string, literal: string): string[] {
  const start = source.indexOf(`const ${literal} = `);
  assert.notEqual(start, -1, `there is no ${literal}`);
  const body = source.slice(start, source.indexOf('\n}', start));
  return [...body.matchAll(/^ {2}(\w+): /gm)].map((match) => match[1]!);
}

const source = readFileSync(path.join(ROOT, 'phases', 'settings.ts'), 'utf8');
const ofMetrics = readFileSync(path.join(ROOT, 'phases', 'metricSettings.ts'), 'utf8');
const clusterKeys = keysIn(source, 'clusterShape');
const judgeKeys = keysIn(source, 'judgeShape');
const baseKeys = keysIn(source, 'baseShape');
const ofNotify = readFileSync(path.join(ROOT, 'phases', 'notifySettings.ts'), 'utf8');
const notifyKeys = keysIn(ofNotify, 'notifyShape');

const required = {
  context: 'somewhere',
  clusterUid: 'uid',
  redis: 'redis://redis.example',
  chat: 'http://denis.example/chat',
};
/** Required by the default source only. */
const valid = { ...required, prometheus: 'http://prometheus.example' };

describe('docs/settings.md', () => {
  it('documents every key of the settings, once, and no other', () => {
    assert.deepEqual([...documented].sort(), [...clusterKeys, ...judgeKeys, ...baseKeys, ...notifyKeys].sort());
  });

  it('documents keys that the settings know', () => {
    for (const key of documented) {
      const known = (() => {
        try {
          parseSettings({ ...valid, [key]: 'x' });
          return true;
        } catch (thrown) {
          return !(thrown as Error).message.includes('unknown setting');
        }
      })();
      assert.ok(known, key);
    }
  });

  it('says which keys are required', () => {
    assert.deepEqual(
      rows
        .filter(({ fallback }) => fallback === 'required')
        .map(({ key }) => key)
        .sort(),
      Object.keys(required).sort(),
    );
  });

  it('gives the defaults that apply', () => {
    const cluster = parseClusterSettings(required);
    const all = parseSettings(valid);
    const journal = journalFolder({ ...all, clusterUid: 'UID' }, { HOME: '~' }).replace('UID', '<clusterUid>');
    const applied: Record<string, string> = {
      ...Object.fromEntries(
        Object.entries({ ...parseBaseSettings(required), ...cluster, ...all }).map(([key, value]) => [
          key,
          String(value),
        ]),
      ),
      scrapeInterval: formatDuration(all.timing.scrapeInterval),
      timeScale: String(all.timing.scale),
      baselineChatP99: 'none',
      watcherImage: 'none',
      watcherVolume: 'none',
      metrics: 'empty',
      source: all.source.kind,
      watcher: all.watcher.kind,
      prometheus: 'required by source prometheus',
      journal: `${journal} (under XDG_STATE_HOME where that is set)`,
      override: 'none',
      notify: 'none',
      celery: 'off',
      logs: 'off',
      decisionTrace: 'off',
      graph: 'off',
      loadTest: 'off',
      matchers: 'namespace="<canary:namespace>"',
    };
    for (const { key, fallback } of rows.filter((row) => row.fallback !== 'required')) {
      assert.equal(fallback, applied[key], key);
    }
    assert.equal(all.metrics.error_rate.query, 'error_rate{namespace="denis"}');
  });

  it('documents every metric with the definition in phases/metrics', () => {
    const words: Record<Statistic, string> = {
      mean: 'mean',
      p95: '95th percentile',
      last: 'last',
      rate: 'per minute',
      increase: 'increase',
      availability: 'share of the minutes with a pod up',
      ratio: 'exact ratio',
      p99: '99th percentile',
    };
    const metrics = tableRows(settings, 'metric', 'series', 'unit of the series');
    assert.deepEqual(
      metrics.map(([key]) => bare(key!)),
      [...METRIC_KEYS],
    );
    for (const [name, series, , valid, acrossPods, statistic] of metrics) {
      const definition = METRICS[bare(name!) as MetricKey];
      const braces = definition.matchers === undefined ? '' : `{${definition.matchers}}`;
      assert.equal(bare(series!.split(',')[0]!), `${definition.series}${braces}`, name);
      const [least, most] = definition.valid;
      assert.equal(valid, most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `${least}–${most}`, name);
      assert.equal(acrossPods, definition.acrossPods, name);
      assert.equal(statistic!.split(', ')[0], words[definition.statistic], name);
    }
  });

  it('documents every address of the notifications', () => {
    const named = [...ofNotify.matchAll(/^ {6}(\w+): z\./gm)].map(([, field]) => field!);
    const addresses = tableRows(settings, 'address', 'type').map(([address]) => bare(address!));
    assert.deepEqual(addresses.sort(), named.sort());
  });

  for (const [key, file, schema] of [
    ['celery', 'celerySettings', celerySchema],
    ['logs', 'logsSettings', logsSchema],
    ['decisionTrace', 'decisionTraceSettings', decisionTraceSchema],
  ] as const) {
    it(`documents every setting of canary:${key}, with the default that applies`, () => {
      const text = readFileSync(path.join(ROOT, 'phases', `${file}.ts`), 'utf8');
      const documented = tableRows(settings, `setting of \`canary:${key}\``, 'default').map(([name, fallback]) => [
        bare(name!),
        bare(fallback!),
      ]);
      assert.deepEqual(documented.map(([name]) => name).sort(), keysIn(text, `${key}Shape`).sort());
      const applied = schema.parse('on') as Readonly<Record<string, unknown>>;
      for (const [name, fallback] of documented) {
        if (applied[name!] !== undefined) assert.equal(fallback, String(applied[name!]), name);
      }
    });
  }

  it('documents every field of a metric', () => {
    const fields = tableRows(settings, 'field', 'type').map(([field]) => bare(field!));
    assert.deepEqual(fields.sort(), keysIn(ofMetrics.replace('z.strictObject({', '{'), 'metricSchema').sort());
  });
});

describe('the settings named in the documentation', () => {
  for (const one of allPages()) {
    it(`in ${one.name} are real`, () => {
      const named = codeIn(one).flatMap((code) =>
        [...code.matchAll(/canary:([A-Za-z][A-Za-z0-9]*)/g)].map((match) => match[1]!),
      );
      assert.deepEqual(
        named.filter((key) => !documented.includes(key)),
        [],
      );
    });
  }
});
