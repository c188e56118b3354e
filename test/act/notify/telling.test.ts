import assert from 'node:assert/strict';
import { startTelling } from '../../../act/notify';
import type { Notification } from '../../../rollout/notification';
import { waitFor } from '../../../sandbox/waitFor';
import { withServer } from '../../observe/support/loopback';
import { VirtualTime } from '../support/virtualTime';

const NEWS: Notification = {
  key: 'k',
  severity: 'page',
  title: 'title',
  text: 'at redis://:pa55word@redis.test, s3cret!',
};

function telling(settings: Parameters<typeof startTelling>[0]) {
  const said: string[] = [];
  const { clock, pause } = new VirtualTime(0);
  return { said, told: startTelling(settings, { secrets: ['s3cret!'], clock, pause, say: (one) => said.push(one) }) };
}

describe('startTelling', () => {
  it('tells Slack and the webhook, neither of which waits for the other', () =>
    withServer(
      ({ url }, response) => (url.startsWith('/slack') ? response.writeHead(500).end() : response.end()),
      async ({ origin, received }) => {
        const slack = `${origin}/slack/a-secret-path`;
        const { told, said } = telling({ slack, webhook: `${origin}/hook` });
        told.tell({ ...NEWS, text: `${NEWS.text} ${slack}` });
        const at = await waitFor(async () => received.find(({ url }) => url === '/hook'), {
          what: 'the webhook',
          deadlineMs: 5_000,
          intervalMs: 5,
        });
        assert.equal((JSON.parse(at.body) as Notification).text, 'at redis://[secret]@redis.test, [secret] [secret]');
        await waitFor(async () => (said.length > 0 ? true : undefined), { what: 'a word', deadlineMs: 5_000 });
        assert.deepEqual(said, ['a notification did not reach Slack and is tried again: Slack answers 500']);
      },
    ));

  it('tells nobody where nobody is named', async () => {
    const { told, said } = telling({});
    told.tell(NEWS);
    assert.equal(await told.close(1_000), 0);
    assert.deepEqual(said, []);
  });
});
