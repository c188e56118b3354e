import assert from 'node:assert/strict';
import fc from 'fast-check';
import { html } from '../../../rollout/page/html';

describe('rollout/page/html', () => {
  const rows: readonly [what: string, text: string, markup: string][] = [
    ['markup', '<b>&amp;</b>', '&lt;b&gt;&amp;amp;&lt;/b&gt;'],
    ['both quotes', `"'`, '&quot;&#39;'],
    ['signs that turn the direction of the text', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['signs that draw nothing', 'a\u0000b\u001bc\u200bd\ufeffe', 'a\\u0000b\\u001bc\\u200bd\\ufeffe'],
    ['line breaks and tabs as they are', 'a\n\tb', 'a\n\tb'],
    ['other scripts as they are', 'día → 日 👍', 'día → 日 👍'],
  ];
  for (const [what, text, markup] of rows) it(`writes ${what}`, () => assert.equal(html`${text}`.markup, markup));

  it('takes pieces as they are, lists one after the other, numbers, and nothing for undefined', () => {
    assert.equal(
      html`<p>${html`<b>${'<'}</b>`}${['a', html`<i>`, [1, undefined]]}</p>`.markup,
      '<p><b>&lt;</b>a<i>1</p>',
    );
  });

  it('cuts a text that is endless, and no sign in two', () => {
    const { markup } = html`${'👍'.repeat(5_000)}`;
    assert.ok(markup.length < 700);
    assert.match(markup, /^(👍)+…$/u);
  });

  it('lets no text out of an attribute or an element', () => {
    const text = fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '\u0000', '\u202e', 'a', '\n', ';', '#') });
    fc.assert(
      fc.property(text, (any) =>
        assert.doesNotMatch(html`${any}`.markup, /[<>"'\u0000\u202e]|&(?!amp;|lt;|gt;|quot;|#39;)/),
      ),
    );
  });
});
