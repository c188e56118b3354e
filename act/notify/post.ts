import { type HttpAnswer, httpRequest } from '../../observe/http';
import { retryAfter } from '../../observe/retryAfter';
import { reasonOf } from '../../phases/userError';
import { clipped, plainText } from '../../rollout/plainText';
import { redacted } from '../../rollout/redacted';
import { PassingFailure, Refusal } from './notifier';

/** An address to which messages go. It lets anybody write there: it is a secret, and stands in no message. */
export interface Destination {
  /** For sentences. */
  readonly name: string;
  readonly url: string;
  /** For one request. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
}

/** More is no answer to a message. */
const MOST_BYTES = 1024 * 1024;
const MOST_SAID = 100;
/** Too slow, too early, too many: no fault of the message. */
const PASSING = [408, 425, 429];

/**
 * Posts JSON and returns the answer of a server that took it.
 * @throws PassingFailure after a network failure, a server's error or a redirection, which is not followed
 * @throws Refusal when the server wants no such message
 */
export async function post(
  { name, url, timeoutMs, clock }: Destination,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  const answer = await httpRequest(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'denis-canary' },
    body: JSON.stringify(body),
    timeoutMs,
    mostBytes: MOST_BYTES,
    ...(signal === undefined ? {} : { signal }),
  }).catch((thrown: unknown) => {
    // Without the cause: it may show the address.
    throw new PassingFailure(`${name}: ${withoutAddress(reasonOf(thrown), url)}`);
  });
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return answer;
  const said = withoutAddress(answer.body, url);
  const sentence = `${name} answers ${status}${said === '' ? '' : ` (${said})`}`;
  if (status < 400 || status >= 500 || PASSING.includes(status))
    throw new PassingFailure(sentence, retryAfter(headers, clock()));
  throw new Refusal(sentence, status);
}

/** The first line of a text from outside, which may quote the address or a part of its path. */
function withoutAddress(text: string, url: string): string {
  const [line = ''] = plainText(text.slice(0, 10 * MOST_SAID).trim()).split('\n');
  const { pathname, search } = new URL(url);
  return clipped(redacted(line.trim(), [url, `${pathname}${search}`, ...pathname.split('/')]), MOST_SAID);
}
