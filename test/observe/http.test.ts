import assert from 'node:assert/strict';
import { httpRequest } from '../../observe/http';
import { nobodyAt, withServer } from './support/loopback';

const TIMEOUT_MS = 5_000;

/** The sentence of a request that must fail. */
async function failure(request: Promise<unknown>): Promise<string> {
  const outcome = await request.then(
    () => assert.fail('the request succeeded'),
    (thrown: unknown) => thrown,
  );
  assert.ok(outcome instanceof Error);
  return outcome.message;
}

describe('httpRequest', () => {
  it('sends method, headers and body, and gives back status, type and body', async () => {
    await withServer(
      (_, response) => response.writeHead(418, { 'content-type': 'text/plain; charset=utf-8' }).end('ñandú'),
      async ({ origin, received }) => {
        const answer = await httpRequest(`${origin}/path?a=1`, {
          method: 'POST',
          headers: { 'x-kind': 'test' },
          body: 'question',
          timeoutMs: TIMEOUT_MS,
        });
        assert.equal(answer.status, 418);
        assert.equal(answer.contentType, 'text/plain; charset=utf-8');
        assert.equal(answer.body, 'ñandú');
        assert.equal(received.length, 1);
        assert.equal(received[0]!.method, 'POST');
        assert.equal(received[0]!.url, '/path?a=1');
        assert.equal(received[0]!.headers['x-kind'], 'test');
        assert.equal(received[0]!.body, 'question');
      },
    );
  });

  it('says how long it waited, and for whom, when no answer comes', async () => {
    await withServer(
      () => {},
      async ({ origin }) => {
        const message = await failure(httpRequest(`${origin}/slow`, { timeoutMs: 100 }));
        assert.equal(message, `no answer within 0.1 s from ${origin}`);
      },
    );
  });

  it('counts a body that never ends as no answer', async () => {
    await withServer(
      (_, response) => response.write('the first part'),
      async ({ origin }) => {
        const message = await failure(httpRequest(origin, { timeoutMs: 200 }));
        assert.equal(message, `no answer within 0.2 s from ${origin}`);
      },
    );
  });

  it('says that a connection was refused', async () => {
    const origin = await nobodyAt();
    assert.equal(await failure(httpRequest(origin, { timeoutMs: TIMEOUT_MS })), `connection refused at ${origin}`);
  });

  it('says that a host is unknown', async () => {
    const message = await failure(httpRequest('http://prometheus.invalid:9090/', { timeoutMs: TIMEOUT_MS }));
    assert.equal(message, 'unknown host at http://prometheus.invalid:9090');
  });

  it('says that a connection was lost', async () => {
    await withServer(
      (_, response) => response.socket?.destroy(),
      async ({ origin }) => {
        assert.equal(await failure(httpRequest(origin, { timeoutMs: TIMEOUT_MS })), `connection lost at ${origin}`);
      },
    );
  });

  it('reads 128 MiB at most', async function () {
    this.timeout(20_000);
    const piece = Buffer.alloc(4 * 1024 * 1024, 'x');
    let sent = 0;
    await withServer(
      (_, response) => {
        const more = (): void => {
          while (!response.destroyed && sent < 1024 * 1024 * 1024) {
            sent += piece.length;
            if (!response.write(piece)) return void response.once('drain', more);
          }
          response.end();
        };
        more();
      },
      async ({ origin }) => {
        const message = await failure(httpRequest(origin, { timeoutMs: 15_000 }));
        assert.equal(message, `more than 128 MiB were sent at ${origin}`);
        assert.ok(sent < 512 * 1024 * 1024, `the server could send ${sent} bytes`);
      },
    );
  });

  it('ends when its caller does', async () => {
    await withServer(
      () => {},
      async ({ origin }) => {
        const caller = new AbortController();
        const request = failure(httpRequest(origin, { timeoutMs: 60_000, signal: caller.signal }));
        caller.abort(new Error('the caller left'));
        assert.match(await request, /the caller left|aborted/);
      },
    );
  });

  it('does not follow a redirection to a login page', async () => {
    await withServer(
      ({ url }, response) =>
        url === '/' ? response.writeHead(302, { location: '/login' }).end() : response.end('please log in'),
      async ({ origin, received }) => {
        const answer = await httpRequest(origin, { timeoutMs: TIMEOUT_MS });
        assert.equal(answer.status, 302);
        assert.deepEqual(
          received.map(({ url }) => url),
          ['/'],
        );
      },
    );
  });

  describe('with a user and a password in the URL', () => {
    const secret = 's3cret/word';
    const withCredentials = (origin: string): string =>
      origin.replace('http://', `http://reader:${encodeURIComponent(secret)}@`);

    it('sends them as a header', async () => {
      await withServer(
        (_, response) => response.end(),
        async ({ origin, received }) => {
          await httpRequest(`${withCredentials(origin)}/api`, { timeoutMs: TIMEOUT_MS });
          const expected = `Basic ${Buffer.from(`reader:${secret}`).toString('base64')}`;
          assert.equal(received[0]!.headers.authorization, expected);
          assert.equal(received[0]!.url, '/api');
        },
      );
    });

    it('names them in no message', async () => {
      await withServer(
        (request, response) => (request.url === '/lost' ? response.socket?.destroy() : undefined),
        async ({ origin }) => {
          const address = withCredentials(origin);
          const refused = withCredentials(await nobodyAt());
          const messages = [
            await failure(httpRequest(`${address}/slow`, { timeoutMs: 100 })),
            await failure(httpRequest(`${address}/lost`, { timeoutMs: TIMEOUT_MS })),
            await failure(httpRequest(refused, { timeoutMs: TIMEOUT_MS })),
          ];
          for (const message of messages) {
            assert.doesNotMatch(message, /reader|s3cret/);
            assert.match(message, /http:\/\/127\.0\.0\.1:\d+/);
          }
        },
      );
    });
  });

  describe('reads the clock of the server from its Date header', () => {
    const aheadWith = (date: string | undefined): Promise<number | undefined> =>
      withServer(
        (_, response) => {
          response.sendDate = false;
          if (date !== undefined) response.setHeader('date', date);
          response.end();
        },
        async ({ origin }) => (await httpRequest(origin, { timeoutMs: TIMEOUT_MS })).clockAhead,
      );
    const inSeconds = (offset: number): string => new Date(Date.now() + offset * 1000).toUTCString();

    it('as 0 where both agree', async () => {
      assert.equal(await aheadWith(inSeconds(0)), 0);
    });
    it('as ahead by a minute', async () => {
      const ahead = await aheadWith(inSeconds(60));
      assert.ok(ahead !== undefined && ahead > 57 && ahead <= 60, String(ahead));
    });
    it('as behind by a minute', async () => {
      const ahead = await aheadWith(inSeconds(-60));
      assert.ok(ahead !== undefined && ahead < -57 && ahead >= -62, String(ahead));
    });
    it('as unknown without one, or with one that is no date', async () => {
      assert.equal(await aheadWith(undefined), undefined);
      assert.equal(await aheadWith('noon'), undefined);
    });
  });
});
