import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type CommentOptions, putComment } from '../../act/pullRequestComment';
import { UserError } from '../../phases/userError';
import { type Answer, type Loopback, nobodyAt, withServer } from '../observe/support/loopback';

const MARKER = '<!-- denis-canary:preview -->';
const BODY = `${MARKER}\nnew`;
const BOT = 'github-actions[bot]';
const TOKEN = 'a-token-of-this-test';
const COMMENTS = '/repos/team/denis-canary/issues/7/comments';
const FAST: CommentOptions = { requestMs: 1_000, deadlineMs: 5_000, pauseMs: 5 };

interface Comment {
  id: number;
  body: string;
  user: { login: string };
}
const comment = (id: number, body: string, login = BOT): Comment => ({ id, body, user: { login } });
const others = (count: number): Comment[] =>
  Array.from({ length: count }, (_, index) => comment(index + 1, `comment ${index}`, 'somebody'));

const json = (response: ServerResponse, content: unknown, status = 200, headers: Record<string, string> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(content));
};

/** A pull request with these comments, in pages, as the API serves it. */
const pullRequest = (comments: readonly Comment[]): Answer => {
  return ({ method, url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://x');
    if (method === 'GET' && pathname === COMMENTS) {
      const [size, page] = [Number(searchParams.get('per_page')), Number(searchParams.get('page'))];
      return json(response, comments.slice((page - 1) * size, page * size));
    }
    if (method === 'POST' && pathname === COMMENTS) return json(response, { id: 999 }, 201);
    if (method === 'PATCH') return json(response, { id: Number(pathname.split('/').at(-1)) });
    return json(response, { message: 'Not Found' }, 404);
  };
};

const put = ({ origin }: Pick<Loopback, 'origin'>, options: CommentOptions = FAST) =>
  putComment(
    { api: origin, token: TOKEN, repository: 'team/denis-canary', pullRequest: 7, marker: MARKER, author: BOT },
    BODY,
    options,
  );
const calls = ({ received }: Loopback): string[] => received.map(({ method, url }) => `${method} ${url}`);
const FIRST = `GET ${COMMENTS}?per_page=100&page=1`;

/** Answers as the first functions say, one a request, then as the last one. */
const inTurn = (...answers: readonly Answer[]): Answer => {
  let turn = 0;
  return (request, response) => answers[Math.min(turn++, answers.length - 1)]!(request, response);
};

async function failure(call: Promise<unknown>): Promise<string> {
  const thrown = await call.then(
    () => assert.fail('the comment was written'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof UserError, String(thrown));
  assert.equal(thrown.code, 'comment');
  assert.doesNotMatch(thrown.message, new RegExp(TOKEN));
  return thrown.message;
}

describe('putComment', function () {
  this.timeout(20_000);

  it('creates the comment where there is none, as the API asks for it', () =>
    withServer(pullRequest(others(3)), async (server) => {
      assert.equal(await put(server), 'created');
      assert.deepEqual(calls(server), [FIRST, `POST ${COMMENTS}`]);
      const { headers, body } = server.received[1]!;
      assert.deepEqual(JSON.parse(body), { body: BODY });
      assert.equal(headers.authorization, `Bearer ${TOKEN}`);
      assert.equal(headers.accept, 'application/vnd.github+json');
      assert.equal(headers['x-github-api-version'], '2022-11-28');
      assert.equal(headers['content-type'], 'application/json');
      assert.ok(headers['user-agent']);
    }));

  it('updates its own one, also where the host writes other line ends', () =>
    withServer(pullRequest([...others(2), comment(42, `${MARKER}\r\nold`)]), async (server) => {
      assert.equal(await put(server), 'updated');
      assert.deepEqual(calls(server), [FIRST, 'PATCH /repos/team/denis-canary/issues/comments/42']);
      assert.deepEqual(JSON.parse(server.received[1]!.body), { body: BODY });
    }));

  it('finds it on a later page', () =>
    withServer(pullRequest([...others(250), comment(42, `${MARKER}\nold`)]), async (server) => {
      assert.equal(await put(server), 'updated');
      assert.deepEqual(
        calls(server).slice(0, 3),
        [1, 2, 3].map((page) => `GET ${COMMENTS}?per_page=100&page=${page}`),
      );
    }));

  it('writes nothing when it says the same already', () =>
    withServer(pullRequest([comment(42, BODY)]), async (server) => {
      assert.equal(await put(server), 'unchanged');
      assert.deepEqual(calls(server), [FIRST]);
    }));

  it('never touches what somebody else wrote, and no comment that only quotes the marker', () =>
    withServer(pullRequest([comment(1, BODY, 'somebody'), comment(2, `> ${MARKER}`)]), async (server) => {
      assert.equal(await put(server), 'created');
    }));

  it('creates none when only an existing one may change', async () => {
    await withServer(pullRequest(others(1)), async (server) => {
      assert.equal(await put(server, { ...FAST, updateOnly: true }), 'none');
      assert.deepEqual(calls(server), [FIRST]);
    });
    await withServer(pullRequest([comment(42, `${MARKER}\nold`)]), async (server) => {
      assert.equal(await put(server, { ...FAST, updateOnly: true }), 'updated');
    });
  });

  const passing: readonly (readonly [what: string, answer: Answer])[] = [
    ['a server error', (_, response) => json(response, { message: 'oops' }, 502)],
    ['a page that is no JSON', (_, response) => response.writeHead(200).end('<html>')],
    ['a lost connection', (_, response) => response.destroy()],
    [
      'a secondary rate limit with Retry-After',
      (_, response) =>
        json(response, { message: 'You have exceeded a secondary rate limit' }, 403, { 'retry-after': '0' }),
    ],
    [
      'a secondary rate limit without it',
      (_, response) => json(response, { message: 'You have exceeded a secondary rate limit' }, 403),
    ],
    [
      'a rate limit that is over',
      (_, response) =>
        json(response, { message: 'slow down' }, 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' }),
    ],
  ];
  for (const [what, answer] of passing) {
    it(`tries again after ${what}`, () =>
      withServer(inTurn(answer, pullRequest([])), async (server) => {
        assert.equal(await put(server), 'created');
        assert.equal(calls(server).length, 3);
      }));
  }

  it('looks again before it repeats a creation that was not confirmed', () => {
    const comments: Comment[] = [];
    const unconfirmed: Answer = (_, response) => {
      comments.push(comment(42, BODY));
      json(response, {}, 500);
    };
    const server = pullRequest(comments);
    return withServer(inTurn(server, unconfirmed, server), async (loopback) => {
      assert.equal(await put(loopback), 'unchanged');
      assert.equal(calls(loopback).filter((call) => call.startsWith('POST')).length, 1);
    });
  });

  it('waits as long as the server asks', () =>
    withServer(
      inTurn((_, response) => json(response, {}, 429, { 'retry-after': '1' }), pullRequest([])),
      async (server) => {
        const begun = performance.now();
        await put(server);
        assert.ok(performance.now() - begun >= 950);
      },
    ));

  it('does not begin to wait for longer than it has', () =>
    withServer(
      (_, response) => json(response, { message: 'later' }, 429, { 'retry-after': '3600' }),
      async (server) => {
        assert.match(
          await failure(put(server)),
          /GET \/repos\/team\/denis-canary\/issues\/7\/comments answers 429 \(later\)/,
        );
        assert.equal(calls(server).length, 1);
      },
    ));

  it('gives up after five attempts', () =>
    withServer(
      (_, response) => json(response, {}, 500),
      async (server) => {
        assert.match(await failure(put(server)), /answers 500$/);
        assert.equal(calls(server).length, 5);
      },
    ));

  it('does not wait for a server that never answers', () =>
    withServer(
      () => {},
      async (server) => {
        await failure(put(server, { requestMs: 100, deadlineMs: 600, pauseMs: 5 }));
      },
    ));

  it('says that nobody is there', async () => {
    assert.match(await failure(put({ origin: await nobodyAt() })), /ECONNREFUSED/);
  });

  for (const status of [401, 403, 404]) {
    it(`says which permission is missing after ${status}, without trying again`, () =>
      withServer(
        (_, response) => json(response, { message: 'Resource not accessible by integration' }, status),
        async (server) => {
          const message = await failure(put(server));
          assert.match(
            message,
            /Resource not accessible by integration\); the token needs the permission pull-requests: write/,
          );
          assert.equal(calls(server).length, 1);
        },
      ));
  }

  it('follows no redirect: the token goes to the one address that was named', () =>
    withServer(
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      async (server) => {
        assert.match(await failure(put(server)), /answers 302/);
        assert.equal(calls(server).length, 1);
      },
    ));
});
