import { setTimeout as delay } from 'node:timers/promises';
import { reasonOf, UserError } from '../phases/userError';

/** One comment of a pull request, recognised by its first line and its author. */
export interface CommentTarget {
  /** Address of the REST API, `https://api.github.com`. */
  readonly api: string;
  readonly token: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly pullRequest: number;
  /** First line of the comment. */
  readonly marker: string;
  /** Login of whom the token speaks for: a comment by anybody else is never touched, whatever it begins with. */
  readonly author: string;
}

export interface CommentOptions {
  /** Only an existing comment is changed. @default false */
  readonly updateOnly?: boolean;
  /** For one request. @default 15 s */
  readonly requestMs?: number;
  /** For everything, waiting included. @default 2 min */
  readonly deadlineMs?: number;
  /** First pause after a failure that may pass; doubled each time. @default 1 s */
  readonly pauseMs?: number;
}

export type CommentResult = 'created' | 'updated' | 'unchanged' | 'none';

const ATTEMPTS = 5;
const PER_PAGE = 100;
const MOST_PAGES = 50;

interface Comment {
  readonly id: number;
  readonly body?: string | null;
  readonly user?: { readonly login?: string } | null;
}

/** A failure that may pass, with the time the server asked for. */
class Passing extends Error {
  constructor(
    message: string,
    readonly waitMs: number | undefined,
  ) {
    super(message);
  }
}

/**
 * Creates the comment, or updates the one that is there. Each attempt looks again, so that a comment whose creation was
 * not confirmed is not written twice.
 * @throws UserError `comment` when it cannot be written, with what to do
 */
export async function putComment(
  target: CommentTarget,
  body: string,
  { updateOnly = false, requestMs = 15_000, deadlineMs = 120_000, pauseMs = 1_000 }: CommentOptions = {},
): Promise<CommentResult> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const ends = performance.now() + deadlineMs;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(target, body, updateOnly, (path, init) => request(target, path, init, requestMs, deadline));
    } catch (thrown) {
      if (!(thrown instanceof Passing)) throw thrown;
      const wait = thrown.waitMs ?? pauseMs * 2 ** (attempt - 1);
      if (attempt === ATTEMPTS || performance.now() + wait >= ends)
        throw new UserError('comment', `the comment could not be written: ${thrown.message}`);
      await delay(wait);
    }
  }
}

type Request = (path: string, init?: { readonly method: 'POST' | 'PATCH'; readonly body: string }) => Promise<unknown>;

async function write(
  { repository, pullRequest, marker, author }: CommentTarget,
  body: string,
  updateOnly: boolean,
  send: Request,
): Promise<CommentResult> {
  const comments = `/repos/${repository}/issues/${pullRequest}/comments`;
  const isOurs = (comment: Comment): boolean =>
    comment.user?.login === author && comment.body?.split(/\r?\n/, 1)[0] === marker;
  const found = await first(send, comments, isOurs);
  const content = JSON.stringify({ body });
  if (found !== undefined) {
    if (found.body === body) return 'unchanged';
    await send(`/repos/${repository}/issues/comments/${found.id}`, { method: 'PATCH', body: content });
    return 'updated';
  }
  if (updateOnly) return 'none';
  await send(comments, { method: 'POST', body: content });
  return 'created';
}

async function first(send: Request, path: string, wanted: (comment: Comment) => boolean): Promise<Comment | undefined> {
  for (let page = 1; page <= MOST_PAGES; page++) {
    const comments = (await send(`${path}?per_page=${PER_PAGE}&page=${page}`)) as readonly Comment[];
    const found = comments.find(wanted);
    if (found !== undefined || comments.length < PER_PAGE) return found;
  }
  throw new UserError('comment', `the pull request has more than ${MOST_PAGES * PER_PAGE} comments`);
}

async function request(
  { api, token }: CommentTarget,
  path: string,
  init: Parameters<Request>[1],
  requestMs: number,
  deadline: AbortSignal,
): Promise<unknown> {
  const what = `${init?.method ?? 'GET'} ${path.split('?')[0]}`;
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${api.replace(/\/$/, '')}${path}`, {
      ...init,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': 'denis-canary',
        'x-github-api-version': '2022-11-28',
        ...(init === undefined ? {} : { 'content-type': 'application/json' }),
      },
      // The token goes to the one address that was named.
      redirect: 'manual',
      signal: AbortSignal.any([deadline, AbortSignal.timeout(requestMs)]),
    });
    text = await response.text();
  } catch (thrown) {
    throw new Passing(`${what}: ${reasonOf((thrown as Error).cause ?? thrown)}`, undefined);
  }
  if (response.ok) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new Passing(`${what} answers no JSON`, undefined);
    }
  }
  const said = `${what} answers ${response.status}${messageIn(text)}`;
  const wait = waitAskedBy(response);
  if (response.status >= 500 || wait !== undefined || /rate limit/i.test(said)) throw new Passing(said, wait);
  const advice = [401, 403, 404].includes(response.status)
    ? '; the token needs the permission pull-requests: write for this repository'
    : '';
  throw new UserError('comment', `the comment could not be written: ${said}${advice}`);
}

/** How long the server asks to wait; undefined when it does not. Seconds in `Retry-After`, a unix time in `X-RateLimit-Reset`. */
function waitAskedBy({ status, headers }: Response): number | undefined {
  if (![403, 429, 503].includes(status)) return undefined;
  const after = Number(headers.get('retry-after') ?? Number.NaN);
  if (Number.isFinite(after) && after >= 0) return after * 1000;
  if (headers.get('x-ratelimit-remaining') !== '0') return undefined;
  const reset = Number(headers.get('x-ratelimit-reset') ?? Number.NaN);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - Date.now()) : undefined;
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? ` (${message.slice(0, 200)})` : '';
  } catch {
    return '';
  }
}
