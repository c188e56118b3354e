import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judge } from '../../rollout/assessment';
import { escaped, markdown } from '../../rollout/markdown';
import { verificationOf } from '../../rollout/verification';
import { assessment } from '../support/assessments';
import { judgements } from '../support/judgements';

/** What a renderer would still read as its own: a tag, an entity of somebody else, a mention, a cell's end, a new line. */
const dangerous = /[<>\r\n]|(?<!\\)(?:\\\\)*[|`*_[\]~]|[@#](?!\u200b)|&(?!amp;|lt;|gt;)/;
/** Text of the kind that a cluster could hold, rich in what means something in Markdown. */
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '|',
      '\\',
      '@',
      '#',
      '`',
      '\n',
      '\r',
      '&',
      '[',
      ']',
      '(',
      ')',
      '*',
      '_',
      '~',
      'a',
      ' ',
      '1',
    ),
  }),
);

describe('rollout/markdown', () => {
  it('keeps all text text: no tag, no mention, no end of a cell or line', () => {
    fc.assert(
      fc.property(text, (one) => assert.doesNotMatch(escaped(one), dangerous)),
      { numRuns: 2_000 },
    );
  });

  const rows: readonly [string, string][] = [
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['@everyone see #12', '@\u200beveryone see \\#\u200b12'],
    ['a | b', 'a \\| b'],
    ['back\\|slash', 'back\\\\\\|slash'],
    ['two\r\nlines', 'two lines'],
    ['[here](http://evil.example)', '\\[here\\](http://evil.example)'],
    ['&lt;', '&amp;lt;'],
  ];
  for (const [from, to] of rows) it(`writes ${JSON.stringify(from)} harmlessly`, () => assert.equal(escaped(from), to));

  it('writes tables that GitHub takes for tables: a line of dashes, and as many cells in every line', () => {
    fc.assert(
      fc.property(judgements, (judgement) => {
        for (const table of tablesIn(markdown(judgement, verificationOf(judgement)))) {
          const counts = table.map((line) => line.replace(/\\\||^\||\|$/g, '').split('|').length);
          assert.equal(new Set(counts).size, 1, table.join('\n'));
          assert.match(table[1]!, /^\|( --- \|)+$/);
          assert.ok(table.length > 2);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has headline, exposure, both tables and the notes', () => {
    const judgement = judge(assessment('canary-50', { live: 10, readings: { queue_depth: 250 } }));
    const text = markdown(judgement, verificationOf(judgement));
    assert.match(
      text,
      /^### canary-10 → canary-50 {3}PROMOTE {3}every hard check held for 24h00m\n\n- exposure: pod denis-a/,
    );
    assert.deepEqual(
      tablesIn(text).map(([head]) => head),
      ['| check | value | recent | limit | kind | n | age | result |', '| rollback rule | now | held | for | result |'],
    );
    assert.match(text, /^\| success rate \| 99\.80 % \| 99\.80 % \| &gt; 97 % \| hard \| \d+ \| 30s \| pass \|$/m);
    assert.match(text, /\n- warning: queue depth is 250\.0 in the window, &lt; 200 is needed\n$/);
  });
});

/** Each block of lines that begin with a bar, with an empty line before it. */
function tablesIn(text: string): string[][] {
  return text
    .split('\n\n')
    .map((block) => block.trimEnd().split('\n'))
    .filter(([first]) => first?.startsWith('|'));
}
