import assert from 'node:assert/strict';
import fc from 'fast-check';
import { STACK_NAMES } from '../../rollout/changedStacks';
import { MARKER, type PreviewComment, previewComment, type StackPreview } from '../../rollout/previewComment';

const REVISION = '0123456789abcdef0123456789abcdef01234567';
const HOLD = 'canary-1 → canary-10   HOLD   window 1h of 4h';
const render = (previews: readonly StackPreview[], own: Partial<PreviewComment> = {}): string =>
  previewComment({ revision: REVISION, withCluster: true, previews, secrets: [], ...own });
const held = (text: string, changes: readonly string[] = []): StackPreview => ({
  stack: 'canary-10',
  outcome: { kind: 'held', text, changes },
  grafana: 'https://grafana.denis.run/d/materializers-canary',
});
const broken = (text: string): StackPreview => ({
  stack: 'canary-1',
  outcome: { kind: 'broken', text },
  grafana: undefined,
});

describe('previewComment', () => {
  it('shows verdict, reason and named changes of each stack in a table, and the whole table of checks folded', () => {
    const table = `${HOLD}\n  check         value\n  success rate  99 %`;
    const text = render([
      { stack: 'base', outcome: { kind: 'allowed', text: '', changes: [] }, grafana: undefined },
      held(table, ['exposure 1 % → 10 %', 'move 1 → 2']),
    ]);
    assert.equal(
      text,
      [
        MARKER,
        '### Rollout: preview of `0123456789ab`',
        '',
        '| stack | result | says | would change |',
        '|---|---|---|---|',
        '| `base` | allowed |  | nothing |',
        '| `canary-10` | held | `canary-1 → canary-10  HOLD  window 1h of 4h` | `exposure 1 % → 10 %, move 1 → 2` |',
        '',
        '<details><summary>canary-10: held</summary>',
        '',
        '```text',
        table,
        '  change: exposure 1 % → 10 %',
        '  change: move 1 → 2',
        '```',
        '',
        '</details>',
        '',
        '[Dashboard](https://grafana.denis.run/d/materializers-canary)',
        '',
        'Each line is what `pulumi up` of that stack would do now. `held` is the answer of the gate and does not fail this check; invalid settings, a broken program or a cluster that cannot be read do.',
        '',
      ].join('\n'),
    );
  });

  it('shows a fault open, and does not claim that nothing would change', () => {
    const text = render([broken('Error: boom')]);
    assert.match(text, /^\| `canary-1` \| \*\*broken\*\* \| `Error: boom` \| unknown \|$/m);
    assert.match(text, /<details open><summary>canary-1: broken<\/summary>/);
  });

  it('says so when no cluster was asked', () => {
    const previews = [{ stack: 'canary-1', outcome: { kind: 'valid' }, grafana: undefined }] as const;
    const text = render(previews, { withCluster: false });
    assert.match(text, /\*\*No cluster was asked\*\*/);
    assert.match(text, /^\| `canary-1` \| settings valid \| {2}\|$/m);
    assert.doesNotMatch(text, /would change/);
  });

  it('says so when no stack changed', () => {
    assert.equal(
      render([]),
      `${MARKER}\n### Rollout: preview of \`0123456789ab\`\n\nThis revision changes no stack.\n`,
    );
  });

  it('takes nothing for a revision that is none', () => {
    assert.match(render([], { revision: '`@everyone`' }), /preview of `unknown`/);
  });

  it('shows no secret that it was told, and no user and password of a URL', () => {
    const secrets = ['correct horse', 'correct horse battery', 'first-line-of-a-key\nsecond-line-of-a-key\n', 'of'];
    const said = 'it was correct horse battery; second-line-of-a-key; redis://:pa55@redis.test of';
    const text = render([broken(said)], { secrets });
    assert.match(text, /`it was \[secret\]; \[secret\]; redis:\/\/\[secret\]@redis\.test of`/);
    assert.doesNotMatch(text, /horse|second-line|pa55/);
  });

  it('finds a secret that was split by what is not shown', () => {
    assert.doesNotMatch(render([broken('correct\u200b horse')], { secrets: ['correct horse'] }), /horse/);
  });

  it('links dashboards once, and only as plain web addresses', () => {
    const stacks = STACK_NAMES.slice(1, 4);
    const linked = (...addresses: string[]): string =>
      render(
        addresses.map((grafana, index) => ({ stack: stacks[index]!, outcome: { kind: 'valid' }, grafana })),
        { withCluster: false },
      );
    assert.equal(linked('https://a.test/d', 'https://a.test/d').match(/\[Dashboard\]/g)?.length, 1);
    assert.doesNotMatch(linked('javascript:alert(1)'), /Dashboard/);
    assert.match(linked('https://me:pw@a.test/'), /\[Dashboard\]\(https:\/\/a\.test\/\)/);
    assert.match(
      linked('https://a.test/)[x](y) "@b'),
      /\[Dashboard\]\(https:\/\/a\.test\/%29%5Bx%5D%28y%29%20%22%40b\)/,
    );
  });

  describe('against hostile text', () => {
    const attacks = [
      '```\n@everyone',
      '````\n<img src=x>',
      '~~~\n@everyone',
      '| a | b |\n|---|---|',
      '</details><script>alert(1)</script>',
      '`@somebody`',
      '``@somebody`` \\| x \\',
      '[link](https://evil.test)',
      '<!-- denis-canary:preview -->',
      'a\u202Eb\u0007c\u2028d\uD800e',
      '`'.repeat(20_000),
      `${'`'.repeat(5)}text\n@everyone`,
    ];
    for (const attack of attacks) {
      it(`keeps ${JSON.stringify(attack.slice(0, 40))} inside of code`, () => {
        assertHarmless([held(attack, [attack]), broken(attack)]);
      });
    }

    it('keeps whatever it is inside of code', () => {
      const pieces = fc.constantFrom(
        '`',
        '``',
        '```',
        '\n',
        '|',
        '\\',
        '@a',
        '<b>',
        '-->',
        '~~~',
        ' ',
        'x',
        '\r',
        '#',
        '\u202E',
      );
      const text = fc
        .array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 40 })
        .map((all) => all.join(''));
      fc.assert(
        fc.property(text, text, (one, other) => {
          assertHarmless([held(one, [other]), broken(other)]);
        }),
      );
    });

    it('stays within what a comment may hold, and says that it is shortened', () => {
      for (const text of [
        'x'.repeat(200_000),
        'a line of text\n'.repeat(20_000),
        '😀'.repeat(100_000),
        '`|\n'.repeat(90_000),
      ]) {
        const all = STACK_NAMES.map((stack) => ({ ...held(text, [text]), stack }));
        const comment = render(all);
        assert.ok(comment.length < 65_536, `${comment.length}`);
        assert.match(comment, /shortened; the whole text is in the log of this check/);
        assert.doesNotMatch(comment, /\p{Cs}/u);
        assertHarmless(all);
      }
    });
  });
});

/** Reads the comment as Markdown does, block by block: outside of code nothing may be left but our own words. */
function assertHarmless(previews: readonly StackPreview[]): void {
  const comment = render(previews);
  assert.ok(comment.startsWith(`${MARKER}\n`));
  assert.doesNotMatch(comment, /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  const outside: string[] = [];
  let fence: string | undefined;
  for (const line of comment.split('\n')) {
    const marks = /^ {0,3}(`{3,})/.exec(line)?.[1];
    if (fence === undefined && marks !== undefined) fence = marks;
    else if (fence !== undefined && marks !== undefined && marks.length >= fence.length && line.trim() === marks)
      fence = undefined;
    else if (fence === undefined) outside.push(withoutCodeSpans(line));
  }
  assert.equal(fence, undefined, 'every fence ends');
  for (const line of outside)
    assert.ok(
      OURS.some((pattern) => pattern.test(line)),
      JSON.stringify(line),
    );
}

/** A run of marks begins code that ends at the next run of the same length. */
function withoutCodeSpans(line: string): string {
  let rest = line;
  let kept = '';
  for (;;) {
    const begins = /`+/.exec(rest);
    if (begins === null) return kept + rest;
    const after = rest.slice(begins.index + begins[0].length);
    const ends = [...after.matchAll(/`+/g)].find(([run]) => run.length === begins[0].length);
    assert.ok(ends !== undefined, `code that does not end: ${line.slice(0, 200)}`);
    kept += `${rest.slice(0, begins.index)}CODE`;
    rest = after.slice(ends.index + ends[0].length);
    assert.ok(!line.startsWith('|') || !after.slice(0, ends.index).includes('|'), 'no bar in a cell');
  }
}

const OURS = [
  /^$/,
  /^<!-- denis-canary:preview -->$/,
  /^### Rollout: preview of CODE$/,
  /^\| stack \| result \| says \| would change \|$/,
  /^\|---\|---\|---\|---\|$/,
  /^\| CODE \| (held|\*\*broken\*\*) \| (CODE)? \| (CODE|nothing|unknown)? \|$/,
  /^<details( open)?><summary>[a-z0-9-]+: (held|broken)<\/summary>$/,
  /^<\/details>$/,
  /^\[Dashboard\]\(https:\/\/grafana\.denis\.run\/d\/materializers-canary\)$/,
  /^Each line is what CODE of that stack would do now\. CODE is the answer of the gate/,
];
