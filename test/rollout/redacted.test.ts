import assert from 'node:assert/strict';
import fc from 'fast-check';
import { plainText } from '../../rollout/plainText';
import { redacted } from '../../rollout/redacted';

describe('redacted', () => {
  const rows: readonly [what: string, text: string, shown: string][] = [
    ['user and password of a URL', 'redis://denis:hunter2@redis:6379/0', 'redis://[secret]@redis:6379/0'],
    ['a password with signs in it', 'at redis://:hun@ter:2@redis:6379', 'at redis://[secret]@redis:6379'],
    [
      'the path of a Slack webhook',
      'POST https://hooks.slack.com/services/T0/B0/abcdef: 404',
      'POST https://hooks.slack.com/[secret] 404',
    ],
    ['a header', 'Authorization: Basic cmVhZGVyOnM=, x-kind: a', 'Authorization: [secret], x-kind: a'],
    ['a header as JSON', '{"authorization":"Bearer abc","a":1}', '{"authorization":"[secret]","a":1}'],
    ['a bearer token', 'sent bearer s3cr3t.t0ken-value', 'sent bearer [secret]'],
    ['a JSON web token', 'token is eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrIn0.c2ln.', 'token is [secret]'],
    ['a password in a query', 'GET /x?password=hunter2&page=2', 'GET /x?password=[secret]&page=2'],
    ['a variable', 'DENIS_API_KEY=0123 ACCESS_TOKEN=4567', 'DENIS_API_KEY=[secret] ACCESS_TOKEN=[secret]'],
    ['a field of JSON', '{"token": "abc", "n": 1}', '{"token": "[secret]", "n": 1}'],
  ];
  for (const [what, text, shown] of rows) {
    it(`masks ${what}`, () => assert.equal(redacted(text, []), shown));
  }

  for (const text of [
    'success rate is 95.99 % in the window, > 97 % is needed',
    'https://grafana.denis.run/d/1?to=a@b',
    'ana@example.org went from canary-1 to canary-10',
    'the token of Secret denis-kill-switch is not readable',
    'materializer_success_rate{namespace="denis"}',
  ]) {
    it(`leaves alone: ${text}`, () => assert.equal(redacted(text, ['of', 'denis']), text));
  }

  it('masks every secret it is told, longest first, line by line, and as it stands in a URL', () => {
    const secrets = ['correct horse', 'correct horse battery', 'first-line\nsecond-line', 'p/ss:w@rd'];
    assert.equal(
      redacted('correct horse battery; second-line; a p%2Fss%3Aw%40rd; correct horse', secrets),
      '[secret]; [secret]; a [secret]; [secret]',
    );
  });

  it('shows no part of any secret, wherever it stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9+/=_-]{8,40}$/);
    fc.assert(
      fc.property(secret, fc.string(), fc.string(), (hidden, before, after) => {
        const text = plainText(`${before} ${hidden} ${encodeURIComponent(hidden)} ${after}`);
        assert.ok(!redacted(text, [hidden]).includes(hidden));
      }),
    );
  });

  it('reads a long text of whatever traps in no time', () => {
    for (const piece of [
      '://',
      '://a:',
      'eyJ',
      'eyJa-',
      'bearer ',
      'authorization:',
      'token=',
      'token" : "',
      'a',
      ' ',
    ]) {
      const text = piece.repeat(Math.ceil(200_000 / piece.length));
      const begun = performance.now();
      redacted(text, ['a secret text']);
      assert.ok(performance.now() - begun < 1_000, piece);
    }
  });
});
