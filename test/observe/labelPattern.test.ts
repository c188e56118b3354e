import assert from 'node:assert/strict';
import fc from 'fast-check';
import { labelPattern } from '../../observe/labelPattern';

describe('labelPattern', () => {
  const rows: readonly [pattern: string, matches: readonly string[], others: readonly string[]][] = [
    ['', [''], ['a']],
    ['a', ['a'], ['ab', 'ba', 'A', '']],
    ['a|bc', ['a', 'bc'], ['ac', 'abc']],
    ['.', ['x', '\n', '😀'], ['', 'xx']],
    ['5..', ['500', '5xx'], ['50', '5000']],
    ['^a$', ['a'], ['b']],
    ['a\\.b', ['a.b'], ['axb']],
    ['a\\-b\\_\\/\\"', ['a-b_/"'], ['ab']],
    ['[a-c\\]]+', ['a]c'], ['d']],
    ['[^a]', ['b'], ['a']],
    ['[[a]', ['[', 'a'], ['b']],
    ['\\d{2,3}', ['12', '123'], ['1', '1234']],
    ['(?:ab)+', ['abab'], ['aba']],
    ['(a|b)c', ['ac', 'bc'], ['c']],
    ['a.*?b', ['ab', 'axb'], ['a']],
    ['\\bdenis\\b', ['denis'], ['denise']],
    ['süß', ['süß'], ['suss']],
  ];
  for (const [pattern, matches, others] of rows) {
    it(`reads ${pattern === '' ? 'nothing' : pattern}, for whole values`, () => {
      for (const value of matches) assert.ok(labelPattern(pattern).test(value), value);
      for (const value of others) assert.ok(!labelPattern(pattern).test(value), value);
    });
  }

  // What RE2 reads in another way than JavaScript, or only one of them reads at all.
  const refused = [
    '(?i)a',
    '(?P<n>a)',
    '(?<n>a)',
    '(?=a)',
    '(?!a)',
    '(?<=a)',
    '\\1',
    '(a)\\1',
    '\\s',
    '\\pL',
    '\\A',
    '\\z',
    '\\Q',
    '\\x41',
    '\\u0041',
    '\\cA',
    '[[:alpha:]]',
    '[]a]',
    '[^]a]',
    '[\\b]',
    '[\\s]',
    '(',
    ')',
    '[',
    'a\\',
    '*',
    'a**',
    'a{2}{3}',
    '{',
  ];
  for (const pattern of refused) {
    it(`refuses ${pattern}`, () =>
      assert.throws(() => labelPattern(pattern), /^Error: it (does not understand|is no regular expression)/));
  }

  it('takes every punctuation as itself when it is escaped', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const pattern = text.replace(/[^A-Za-z0-9 \u0080-\uffff]/g, (one) => `\\${one}`);
        if (/[\u0000-\u001f\u007f]/.test(text)) return;
        assert.ok(labelPattern(pattern).test(text));
      }),
      { numRuns: 1_000 },
    );
  });
});
