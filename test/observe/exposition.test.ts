import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Counter, Gauge, Histogram, Registry, Summary } from 'prom-client';
import { type ExposedSample, parseExposition } from '../../observe/exposition';
import { UserError } from '../../phases/userError';

/** Samples as plain data, in their order. */
const plain = (text: string) =>
  parseExposition(text).map(({ name, labels, value, timestamp }) => [
    name,
    Object.fromEntries(labels),
    value,
    ...(timestamp === undefined ? [] : [timestamp]),
  ]);

function complaint(text: string): string {
  try {
    parseExposition(text);
  } catch (thrown) {
    assert.ok(thrown instanceof UserError, String(thrown));
    assert.equal(thrown.code, 'exposition');
    return thrown.message;
  }
  return assert.fail(`accepted: ${text}`);
}

describe('parseExposition', () => {
  it('reads what the format describes', () => {
    const text = [
      '# HELP http_requests_total The total number of HTTP requests.',
      '# TYPE http_requests_total counter',
      'http_requests_total{method="post",code="200"} 1027 1395066363000',
      'http_requests_total{method="post",code="400"}    3 1395066363000',
      '',
      '# Escaping in label values:',
      'msdos_file_access_time_seconds{path="C:\\\\DIR\\\\FILE.TXT",error="Cannot find file:\\n\\"FILE.TXT\\""} 1.458255915e9',
      '# Minimalistic line:',
      'metric_without_timestamp_and_labels 12.47',
      '# A weird metric from before the epoch:',
      'something_weird{problem="division by zero"} +Inf -3982045',
      '',
    ].join('\n');
    assert.deepEqual(plain(text), [
      ['http_requests_total', { method: 'post', code: '200' }, 1027, 1_395_066_363_000],
      ['http_requests_total', { method: 'post', code: '400' }, 3, 1_395_066_363_000],
      [
        'msdos_file_access_time_seconds',
        { path: 'C:\\DIR\\FILE.TXT', error: 'Cannot find file:\n"FILE.TXT"' },
        1_458_255_915,
      ],
      ['metric_without_timestamp_and_labels', {}, 12.47],
      ['something_weird', { problem: 'division by zero' }, Number.POSITIVE_INFINITY, -3_982_045],
    ]);
  });

  it('reads a histogram and a summary as the series they consist of', () => {
    const text = [
      '# TYPE a histogram',
      'a_bucket{le="0.5"} 1',
      'a_bucket{le="+Inf"} 2',
      'a_sum 3',
      'a_count 2',
      '# TYPE b summary',
      'b{quantile="0.99"} NaN',
      '',
    ].join('\n');
    assert.deepEqual(plain(text), [
      ['a_bucket', { le: '0.5' }, 1],
      ['a_bucket', { le: '+Inf' }, 2],
      ['a_sum', {}, 3],
      ['a_count', {}, 2],
      ['b', { quantile: '0.99' }, Number.NaN],
    ]);
  });

  const values: readonly [string, number][] = [
    ['0', 0],
    ['-0', -0],
    ['+1', 1],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1000],
    ['1E-3', 0.001],
    ['NaN', Number.NaN],
    ['Nan', Number.NaN],
    ['nan', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['Inf', Number.POSITIVE_INFINITY],
    ['-Inf', Number.NEGATIVE_INFINITY],
  ];
  for (const [text, value] of values) {
    it(`reads the value ${text}`, () => assert.deepEqual(plain(`a ${text}\n`), [['a', {}, value]]));
  }

  const forms: readonly [what: string, text: string, samples: unknown][] = [
    ['nothing', '', []],
    ['empty lines and blank ones', '\n \t\n\n', []],
    ['lines that end in CRLF', '# HELP a b\r\na 1\r\n\r\n', [['a', {}, 1]]],
    [
      'blanks and tabs wherever they may be',
      '\t a\t{ b = "c" , d="e" , }  1 \t 2 \n',
      [['a', { b: 'c', d: 'e' }, 1, 2]],
    ],
    ['empty braces', 'a{} 1\n', [['a', {}, 1]]],
    ['a value right after the braces', 'a{b="c"}1\n', [['a', { b: 'c' }, 1]]],
    ['braces, commas and # within a label value', 'a{b="},{# =\'"} 1\n', [['a', { b: "},{# ='" }, 1]]],
    ['an escaped backslash before an n', 'a{b="\\\\n"} 1\n', [['a', { b: '\\n' }, 1]]],
    ['text in UTF-8', 'a{b="süß 😀 \u2028"} 1\n', [['a', { b: 'süß 😀 \u2028' }, 1]]],
    [
      'names with colons, and a label named as a property of objects',
      'a:b_1{constructor="x"} 1\n',
      [['a:b_1', { constructor: 'x' }, 1]],
    ],
    [
      'the same labels of another name',
      'a{b="c"} 1\nd{b="c"} 2\n',
      [
        ['a', { b: 'c' }, 1],
        ['d', { b: 'c' }, 2],
      ],
    ],
    [
      'comments of any kind, # EOF of OpenMetrics too',
      '#\n# \n#HELP\tx\n# UNIT a {\n#! 1\na 1\n# EOF\n',
      [['a', {}, 1]],
    ],
    ['HELP without and with text', '# HELP a\n# HELP b c \\n d "e"\n# TYPE b untyped\n', []],
  ];
  for (const [what, text, samples] of forms) {
    it(`takes ${what}`, () => assert.deepEqual(plain(text), samples));
  }

  const number = 'a number, NaN, +Inf or -Inf';
  const types = 'one of counter, gauge, histogram, summary, untyped';
  const quoted = 'a value in double quotes, with \\\\, \\" and \\n as its only escapes';
  const refused: readonly [text: string, complaint: string][] = [
    ['a 1', 'line 1: expected a line feed at its end (the answer was cut off), found "a 1"'],
    ['a 1\n# HEL', 'line 2: expected a line feed at its end (the answer was cut off), found "# HEL"'],
    ['a\n', 'line 1: expected a value, found the end of the line'],
    ['a{b="c"}\n', 'line 1: expected a value, found the end of the line'],
    ['a 1\n\nb x\n', `line 3: expected ${number}, found "x"`],
    ['a 0x1p3\n', `line 1: expected ${number}, found "0x1p3"`],
    ['a 1_000\n', `line 1: expected ${number}, found "1_000"`],
    ['a 1,5\n', `line 1: expected ${number}, found "1,5"`],
    ['a . \n', `line 1: expected ${number}, found "."`],
    ['a 1 2.5\n', 'line 1: expected a timestamp in milliseconds, found "2.5"'],
    ['a 1 99999999999999999\n', 'line 1: expected a timestamp in milliseconds, found "99999999999999999"'],
    ['a 1 2 3\n', 'line 1: expected nothing after the timestamp, found "3"'],
    ['a 1 # {id="x"} 1\n', 'line 1: expected a timestamp in milliseconds, found "#"'],
    ['1a 1\n', 'line 1: expected the name of a series, or a comment, found "1a 1"'],
    ['{"a.b"} 1\n', 'line 1: expected the name of a series, or a comment, found "{\\"a.b\\"} 1"'],
    ['<html>\n', 'line 1: expected the name of a series, or a comment, found "<html>"'],
    ['a-b 1\n', 'line 1: expected a blank, or labels in braces, found "-b 1"'],
    ['a{b} 1\n', 'line 1: expected = after the name of a label, found "} 1"'],
    ['a{b=c} 1\n', `line 1: expected ${quoted}, found "c} 1"`],
    ['a{b="c} 1\n', `line 1: expected ${quoted}, found "\\"c} 1"`],
    ['a{b="\\t"} 1\n', `line 1: expected ${quoted}, found "\\"\\\\t\\"} 1"`],
    ['a{b="c" d="e"} 1\n', 'line 1: expected a comma or } after a label, found "d=\\"e\\"} 1"'],
    ['a{,} 1\n', 'line 1: expected the name of a label, or }, found ",} 1"'],
    ['a{b:c="d"} 1\n', 'line 1: expected = after the name of a label, found ":c=\\"d\\"} 1"'],
    ['a{b="c",b="d"} 1\n', 'line 1: expected each label once, found b again'],
    ['a 1\na 2\n', 'line 2: expected each series once, found one that was there before'],
    ['a{b="1",c="2"} 1\na{c="2",b="1"} 1 5\n', 'line 2: expected each series once, found one that was there before'],
    ['# TYPE a info\n', `line 1: expected ${types}, found "info"`],
    ['# TYPE a\n', `line 1: expected ${types}, found the end of the line`],
    ['# TYPE a gauge x\n', 'line 1: expected nothing after the type, found "x"'],
    ['# TYPE 1 gauge\n', 'line 1: expected the name of a metric after TYPE, found "1 gauge"'],
    ['# HELP\n', 'line 1: expected the name of a metric after HELP, found the end of the line'],
    ['# HELP a-b c\n', 'line 1: expected a blank after the name of the metric, found "-b c"'],
    ['# TYPE a gauge\n# TYPE a gauge\n', 'line 2: expected one TYPE line for a, found a second one'],
    ['# HELP a b\n# HELP a c\n', 'line 2: expected one HELP line for a, found a second one'],
    ['a 1\n# TYPE a gauge\n', 'line 2: expected the TYPE line of a before its series, found one after them'],
  ];
  for (const [text, sentence] of refused) {
    it(`refuses ${JSON.stringify(text)}`, () => assert.equal(complaint(text), sentence));
  }

  it('refuses more than it is made for: characters, lines, characters in a line', () => {
    assert.match(complaint(' '.repeat(16 * 1024 * 1024 + 1)), /^expected at most 16777216 characters, found 16777217$/);
    assert.match(complaint('\n'.repeat(200_001)), /^line 200001: expected at most 200000 lines/);
    assert.match(
      complaint(`a{b="${'\\n'.repeat(200_000)}"} 1\n`),
      /^line 1: expected at most 262144 characters in a line/,
    );
    assert.equal(parseExposition(`a{b="${'\\n'.repeat(100_000)}"} 1\n`).length, 1);
  });

  describe('as properties', () => {
    const word = (first: string, rest: string) =>
      fc
        .tuple(fc.constantFrom(...first), fc.string({ unit: fc.constantFrom(...rest), maxLength: 8 }))
        .map(([a, b]) => `${a}${b}`);
    const labelName = word('abzAZ_', 'azAZ09_');
    const metricName = word('abzAZ_:', 'azAZ09_:');
    const labelValue = fc.oneof(
      fc.string({
        unit: fc.constantFrom('\\', '"', '\n', 'n', 'é', '😀', ' ', '}', ',', '{', '\r', '#'),
        maxLength: 8,
      }),
      fc.string({ unit: 'binary', maxLength: 8 }),
    );
    const sample: fc.Arbitrary<ExposedSample> = fc.record(
      {
        name: metricName,
        labels: fc
          .uniqueArray(fc.tuple(labelName, labelValue), { maxLength: 4, selector: ([name]) => name })
          .map((all) => new Map(all)),
        value: fc.double(),
        timestamp: fc.option(fc.maxSafeInteger(), { nil: undefined }),
      },
      { noNullPrototype: true },
    );
    const identity = ({ name, labels }: ExposedSample): string => JSON.stringify([name, ...[...labels].sort()]);
    const samples = fc.uniqueArray(sample, { maxLength: 6, selector: identity });
    const blank = fc.constantFrom(' ', '\t', '  ');
    const end = fc.constantFrom('\n', '\r\n', ' \n', '\n\n');

    const escaped = (text: string): string =>
      text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    const number = (value: number): string => {
      if (Number.isNaN(value)) return 'NaN';
      if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value);
      return value > 0 ? '+Inf' : '-Inf';
    };
    /** A printer of the format, as small as can be. */
    const printed = ({ name, labels, value, timestamp }: ExposedSample, space: string, newline: string): string => {
      const inner = [...labels].map(([label, text]) => `${label}="${escaped(text)}"`).join(',');
      const time = timestamp === undefined ? '' : `${space}${timestamp}`;
      return `${name}${inner === '' ? '' : `{${inner}}`}${space}${number(value)}${time}${newline}`;
    };

    it('gives back what was printed', () => {
      fc.assert(
        fc.property(samples, blank, end, (all, space, newline) => {
          assert.deepEqual(parseExposition(all.map((one) => printed(one, space, newline)).join('')), all);
        }),
        { numRuns: 4_000 },
      );
    });

    it('reads any text or refuses it with its own error', () => {
      const pieces = fc.constantFrom(
        ...[
          'a',
          'le',
          '{',
          '}',
          '"',
          '\\',
          '=',
          ',',
          ' ',
          '\n',
          '\r',
          '#',
          'HELP',
          'TYPE',
          'gauge',
          '1',
          '.',
          'e',
          '-',
          '+Inf',
          'NaN',
          '\u0000',
          'ß',
        ],
      );
      const garbage = fc.oneof(
        fc.string({ unit: pieces, maxLength: 40 }),
        fc.string({ unit: 'binary', maxLength: 40 }),
      );
      fc.assert(
        fc.property(garbage, (text) => {
          try {
            parseExposition(`${text}\n`);
          } catch (thrown) {
            assert.ok(thrown instanceof UserError && /^line \d+: expected .+, found .+/s.test(thrown.message));
          }
        }),
        { numRuns: 6_000 },
      );
    });

    it('never takes a part of a text for the whole of another one', () => {
      fc.assert(
        fc.property(samples, fc.nat(), (all, at) => {
          const text = all.map((one) => printed(one, ' ', '\n')).join('');
          const part = text.slice(0, at % (text.length + 1));
          if (part !== '' && !part.endsWith('\n')) assert.match(complaint(part), /the answer was cut off|expected/);
          else assert.deepEqual(parseExposition(part), all.slice(0, part.split('\n').length - 1));
        }),
        { numRuns: 2_000 },
      );
    });

    it('reads what prom-client writes', async () => {
      const registry = new Registry();
      const labelNames = ['path', 'why'];
      const shared = { help: 'A "help" with \\ and\nmore', registers: [registry] };
      const gauge = new Gauge({ name: 'a_gauge', labelNames, ...shared });
      const counter = new Counter({ name: 'a_total', labelNames, ...shared });
      const histogram = new Histogram({ name: 'a_seconds', labelNames, buckets: [0.1, 1, 10], ...shared });
      const summary = new Summary({ name: 'a_summary', labelNames, percentiles: [0.5, 0.99], ...shared });
      const value = fc.oneof(fc.double(), fc.integer());
      await fc.assert(
        fc.asyncProperty(
          labelValue,
          labelValue,
          value,
          fc.double({ min: 0, noNaN: true, max: 1e9 }),
          async (path, why, any, positive) => {
            registry.resetMetrics();
            const labels = { path, why };
            gauge.set(labels, any);
            counter.inc(labels, positive);
            histogram.observe(labels, positive);
            summary.observe(labels, positive);
            const found = parseExposition(await registry.metrics());
            const one = (name: string, le?: string) =>
              found.find(
                ({ labels: its, name: named }) =>
                  named === name && its.get('path') === path && its.get('why') === why && its.get('le') === le,
              )?.value;
            assert.equal(one('a_gauge'), any === 0 ? 0 : any);
            assert.equal(one('a_total'), positive);
            assert.equal(one('a_seconds_bucket', '1'), positive <= 1 ? 1 : 0);
            assert.equal(one('a_seconds_bucket', '+Inf'), 1);
            assert.equal(one('a_seconds_sum'), positive);
            assert.equal(one('a_seconds_count'), 1);
            const quantiles = found
              .filter(
                ({ name, labels: its }) => name === 'a_summary' && its.get('path') === path && its.get('why') === why,
              )
              .map(({ labels: its }) => its.get('quantile'));
            assert.deepEqual(quantiles, ['0.5', '0.99']);
          },
        ),
        { numRuns: 200 },
      );
    });
  });
});
