import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseSelector } from '../../observe/selector';

const selects = (text: string, labels: Record<string, string> = {}): boolean =>
  parseSelector(text).selects(new Map(Object.entries(labels)));

describe('parseSelector', () => {
  it('reads the name alone, with empty braces and with blanks', () => {
    for (const text of ['queue_depth', ' queue_depth { } ', 'queue_depth{}', 'queue_depth{a="b",}']) {
      assert.equal(parseSelector(text).name, 'queue_depth');
    }
  });

  const rows: readonly [selector: string, labels: Record<string, string>, selected: boolean][] = [
    ['a{b="c"}', { b: 'c' }, true],
    ['a{b="c"}', { b: 'cc' }, false],
    ['a{b="c"}', {}, false],
    ['a{b=""}', {}, true],
    ['a{b!=""}', {}, false],
    ['a{b!="c"}', {}, true],
    ['a{b!="c"}', { b: 'c' }, false],
    ['a{b=~"c|d"}', { b: 'd' }, true],
    ['a{b=~"c|d"}', { b: 'cd' }, false],
    ['a{b=~"c"}', { b: 'xcx' }, false],
    ['a{b=~".*"}', {}, true],
    ['a{b=~".+"}', {}, false],
    ['a{b!~"c.*"}', { b: 'cd' }, false],
    ['a{b!~"c.*"}', { b: 'd' }, true],
    ['a{b=~"5.."}', { b: '503' }, true],
    ['a{b="c",d="e"}', { b: 'c', d: 'e' }, true],
    ['a{b="c", d="e"}', { b: 'c' }, false],
    ['a{b!="c",b!="d"}', { b: 'd' }, false],
    ["a{b='c\"d'}", { b: 'c"d' }, true],
    ['a{b="c\\"d\\\\e\\n\\t"}', { b: 'c"d\\e\n\t' }, true],
    ['a{b=`c\\d"`}', { b: 'c\\d"' }, true],
    ['a{b="\\u00e9\\U0001F600"}', { b: 'é😀' }, true],
    ['a{b=~"c\\\\.d"}', { b: 'c.d' }, true],
    ['a{b=~"c\\\\.d"}', { b: 'cxd' }, false],
    ['a{b="},{"}', { b: '},{' }, true],
    ['a{constructor=""}', {}, true],
    [
      'up{namespace="denis",pod=~"denis-[a-z0-9]+-[a-z0-9]{5}"}',
      { namespace: 'denis', pod: 'denis-5d9c7b6f4-abcde' },
      true,
    ],
    [
      'up{namespace="denis",pod=~"denis-[a-z0-9]+-[a-z0-9]{5}"}',
      { namespace: 'denis', pod: 'denis-workers-5d9c7b6f4-abcde' },
      false,
    ],
  ];
  for (const [text, labels, selected] of rows) {
    it(`${selected ? 'selects' : 'does not select'} ${JSON.stringify(labels)} by ${text}`, () =>
      assert.equal(selects(text, labels), selected));
  }

  const refused: readonly [text: string, complaint: string][] = [
    ['', 'expected the name of a series, found the end in '],
    ['{a="b"}', 'expected the name of a series, found "{a=\\"b\\"}" in {a="b"}'],
    ['a b', 'expected nothing after the selector, found "b" in a b'],
    ['a{b="c"}[5m]', 'expected nothing after the selector, found "[5m]" in a{b="c"}[5m]'],
    ['a{b="c"}{d="e"}', 'expected nothing after the selector, found "{d=\\"e\\"}" in a{b="c"}{d="e"}'],
    ['rate(a[5m])', 'expected nothing after the selector, found "(a[5m])" in rate(a[5m])'],
    ['a{b="c"', 'expected a comma or }, found the end in a{b="c"'],
    ['a{b}', 'expected one of = != =~ !~, found "}" in a{b}'],
    ['a{b==“c”}', 'expected a text in quotes, found "=“c”}" in a{b==“c”}'],
    ['a{b=c}', 'expected a text in quotes, found "c}" in a{b=c}'],
    ['a{"b"="c"}', 'expected the name of a label, or }, found "\\"b\\"=\\"c\\"}" in a{"b"="c"}'],
    ['a{b="c" d="e"}', 'expected a comma or }, found "d=\\"e\\"}" in a{b="c" d="e"}'],
    ['a{b="\\q"}', 'expected another escape than \\q in a{b="\\q"}'],
    ['a{b="\\\'"}', 'expected another escape than \\\' in a{b="\\\'"}'],
    ['a{b="\\ud800"}', 'expected another escape than \\ud800 in a{b="\\ud800"}'],
    ['a{__name__=~"x"}', 'expected the name before the braces alone, found __name__ in a{__name__=~"x"}'],
    ['a{b=~"(?i)c"}', 'the pattern "(?i)c" cannot be read: it does not understand (?i); in a{b=~"(?i)c"}'],
  ];
  for (const [text, complaint] of refused) {
    it(`refuses ${text === '' ? 'nothing' : text}`, () =>
      assert.throws(() => parseSelector(text), { message: complaint }));
  }

  it('takes every value back that is written as a text in quotes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const literal = value.replace(/[\\"\n]/g, (one) => (one === '\n' ? '\\n' : `\\${one}`));
        assert.equal(selects(`a{b="${literal}"}`, { b: value }), true);
        assert.equal(selects(`a{b!="${literal}"}`, { b: value }), false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('reads any text or refuses it with one sentence', () => {
    const pieces = fc.constantFrom(
      ...['a', 'b', '{', '}', '=', '~', '!', '"', "'", '`', '\\', ',', ' ', 'u', '[', '(', '?', '*', '\n'],
    );
    fc.assert(
      fc.property(fc.string({ unit: pieces, maxLength: 25 }), (text) => {
        try {
          parseSelector(`a{${text}`);
        } catch (thrown) {
          assert.match((thrown as Error).message, /^(expected |the pattern )/);
        }
      }),
      { numRuns: 4_000 },
    );
  });
});
