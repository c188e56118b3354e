import { reasonOf } from '../phases/userError';

export interface HttpRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** A larger body is an error. @default 128 MiB */
  readonly mostBytes?: number;
  readonly signal?: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Headers;
  readonly body: string;
  /** Seconds that the server's clock is ahead of `now`, from its Date header (whole seconds); undefined without one. */
  readonly clockAhead: number | undefined;
}

const MOST_BYTES = 128 * 1024 * 1024;

/**
 * One HTTP request with a deadline and a bounded body. A user and password in the URL become a header and appear in no message.
 * @throws Error with one sentence: time-out, refused, unknown host, body too large
 */
export async function httpRequest(address: string, request: HttpRequest): Promise<HttpAnswer> {
  const { url, authorization } = withoutCredentials(address);
  const deadline = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
  try {
    const response = await fetch(url, {
      method: request.method ?? 'GET',
      headers: { ...(authorization === undefined ? {} : { authorization }), ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal,
    });
    const body = await boundedText(response, request.mostBytes ?? MOST_BYTES);
    const date = response.headers.get('date');
    const sent = date === null ? Number.NaN : Date.parse(date);
    return {
      status: response.status,
      contentType: response.headers.get('content-type') ?? '',
      headers: response.headers,
      body,
      clockAhead: Number.isNaN(sent) ? undefined : aheadBy(sent, Date.now()),
    };
  } catch (thrown) {
    if (deadline.aborted)
      throw new Error(`no answer within ${request.timeoutMs / 1000} s from ${url.origin}`, { cause: thrown });
    throw new Error(`${networkReason(thrown)} at ${url.origin}`, { cause: thrown });
  }
}

/** A Date header has whole seconds: the true time lies in the second after it. */
function aheadBy(sent: number, now: number): number {
  if (now < sent) return (sent - now) / 1000;
  return now - sent <= 1000 ? 0 : (sent + 1000 - now) / 1000;
}

function withoutCredentials(address: string): { url: URL; authorization: string | undefined } {
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (username === '' && password === '') return { url, authorization: undefined };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function boundedText(response: Response, mostBytes: number): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > mostBytes) throw new Error(`more than ${mostBytes / 1024 / 1024} MiB were sent`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function networkReason(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unknown host';
  if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'connection lost';
  return reasonOf(cause);
}
