import assert from 'node:assert/strict';
import { parseNotifySettings } from '../../phases/notifySettings';
import { parseBaseSettings, parseClusterSettings, parseSettings } from '../../phases/settings';
import { UserError } from '../../phases/userError';
import { LEAST_SETTINGS } from '../support/validSettings';

const SLACK = 'https://hooks.slack.com/services/T0/B0/s3cret';
const WEBHOOK = 'http://alerts.test/canary?key=s3cret';
const parse = (notify?: unknown, variable?: string) =>
  parseNotifySettings(notify === undefined ? LEAST_SETTINGS : { ...LEAST_SETTINGS, notify }, variable);

function refusal(notify: unknown, variable?: string): string {
  try {
    parse(notify, variable);
  } catch (thrown) {
    assert.ok(thrown instanceof UserError);
    assert.equal(thrown.code, 'settings');
    assert.doesNotMatch(thrown.message, /s3cret/);
    return thrown.message;
  }
  return assert.fail('the settings were accepted');
}

describe('parseNotifySettings', () => {
  it('tells nobody by default', () => {
    assert.deepEqual(parse(), {});
    assert.deepEqual(parse(undefined, ''), {});
  });

  it('reads all addresses, as values and as text', () => {
    const both = { slack: SLACK, webhook: WEBHOOK, page: 'https://watcher.test/canary/' };
    assert.deepEqual(parse(both), both);
    assert.deepEqual(parse(JSON.stringify(both)), both);
  });

  it('takes SLACK_WEBHOOK before the setting, beside the other address', () => {
    assert.deepEqual(parse(undefined, SLACK), { slack: SLACK });
    assert.deepEqual(parse({ slack: 'https://old.test/', webhook: WEBHOOK }, SLACK), {
      slack: SLACK,
      webhook: WEBHOOK,
    });
    assert.deepEqual(parse({ slack: SLACK }, ''), { slack: SLACK });
  });

  it('lets Slack be without TLS on this machine only', () => {
    for (const host of ['127.0.0.1:8080', 'localhost', '[::1]:1']) {
      assert.deepEqual(parse({ slack: `http://${host}/x` }), { slack: `http://${host}/x` });
    }
    assert.match(
      refusal({ slack: 'http://hooks.slack.com/services/s3cret' }),
      /^canary:notify\.slack: expected the https/,
    );
  });

  const slack = 'expected the https:// address of an incoming webhook; found another value';
  const rows: readonly [notify: unknown, variable: string | undefined, sentence: string][] = [
    [{ slack: 's3cret' }, undefined, `canary:notify.slack: ${slack}`],
    [{ slack: 'ftp://x.test/s3cret' }, undefined, `canary:notify.slack: ${slack}`],
    [undefined, 's3cret', `SLACK_WEBHOOK: ${slack}`],
    [
      { webhook: 'redis://:s3cret@x.test' },
      undefined,
      'canary:notify.webhook: expected a URL that starts with http:// or https://; found another value',
    ],
    [SLACK, undefined, 'canary:notify: expected object, received string; found another value'],
    [{ slak: SLACK }, undefined, 'canary:notify.slak: unknown setting; the known ones are listed in docs/settings.md'],
  ];
  for (const [notify, variable, sentence] of rows) {
    it(`refuses without showing it: ${sentence}`, () => assert.equal(refusal(notify, variable), sentence));
  }

  it('is looked at by nothing else: a mistake in it holds up no move', () => {
    const raw = { ...LEAST_SETTINGS, notify: { slak: 7 } };
    for (const read of [parseClusterSettings, parseBaseSettings, parseSettings]) {
      assert.equal(JSON.stringify(read(raw)), JSON.stringify(read(LEAST_SETTINGS)));
    }
  });
});
