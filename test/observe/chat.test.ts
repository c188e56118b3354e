import assert from 'node:assert/strict';
import { probeChat } from '../../observe/chat';
import { nobodyAt, withServer } from './support/loopback';

describe('probeChat', () => {
  it("posts the plan's test message as JSON and gives the status back", async () => {
    await withServer(
      (_, response) => response.end('{"reply":"hello"}'),
      async ({ origin, received }) => {
        assert.deepEqual(await probeChat(`${origin}/chat`), { kind: 'read', value: 200 });
        const [request] = received;
        assert.equal(request?.method, 'POST');
        assert.equal(request.url, '/chat');
        assert.equal(request.headers['content-type'], 'application/json');
        assert.deepEqual(JSON.parse(request.body), { message: 'test post kill', user_id: 'post-kill-test' });
      },
    );
  });

  it('gives a failing status back as it is: what it means is for others', async () => {
    await withServer(
      (_, response) => response.writeHead(503).end(),
      async ({ origin }) => assert.deepEqual(await probeChat(`${origin}/chat`), { kind: 'read', value: 503 }),
    );
  });

  it('says why there was no answer', async () => {
    const origin = await nobodyAt();
    assert.deepEqual(await probeChat(`${origin}/chat`), {
      kind: 'unreadable',
      reason: `connection refused at ${origin}`,
    });
  });
});
