import assert from 'node:assert/strict';
import { PassingFailure, Refusal } from '../../../act/notify/notifier';
import { webhook } from '../../../act/notify/webhook';
import type { Notification } from '../../../rollout/notification';
import { withServer } from '../../observe/support/loopback';

const NEWS: Notification = { key: 'k', severity: 'warning', title: 'a <title>', text: 'a & b', table: 'c  d' };
const to = (url: string) => webhook({ url, timeoutMs: 5_000, clock: () => 0 });

describe('webhook', () => {
  it('posts the notification as JSON, and is content with any status of success', async () => {
    for (const status of [200, 202, 204]) {
      await withServer(
        (_, response) => response.writeHead(status).end(),
        async ({ origin, received }) => {
          await to(`${origin.replace('://', '://user:pass@')}/hook?key=1`).notify(NEWS);
          const { method, url, headers, body } = received[0]!;
          assert.deepEqual([method, url], ['POST', '/hook?key=1']);
          assert.equal(headers['content-type'], 'application/json; charset=utf-8');
          assert.equal(headers.authorization, `Basic ${Buffer.from('user:pass').toString('base64')}`);
          assert.deepEqual(JSON.parse(body), NEWS);
        },
      );
    }
  });

  it('tells what may pass from what will not', async () => {
    for (const [status, kind] of [
      [400, Refusal],
      [401, Refusal],
      [408, PassingFailure],
      [502, PassingFailure],
    ] as const) {
      await withServer(
        (_, response) => response.writeHead(status).end('for the key s3cretOfTheHook'),
        async ({ origin }) => {
          await assert.rejects(to(`${origin}/s3cretOfTheHook`).notify(NEWS), (thrown: unknown) => {
            assert.ok(thrown instanceof kind);
            assert.equal(thrown.message, `webhook answers ${status} (for the key [secret])`);
            return true;
          });
        },
      );
    }
  });
});
