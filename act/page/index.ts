import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reasonOf, UserError } from '../../phases/userError';
import { STYLE } from '../../rollout/page/style';
import { type Answer, answerTo, type PageSource } from './routes';

export interface PageOptions extends PageSource {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** One sentence when an answer could not be made: whoever asked learns only that. */
  readonly say: (sentence: string) => void;
}

export interface Page {
  readonly url: string;
  close(): Promise<void>;
}

const STYLE_HASH = createHash('sha256').update(STYLE.markup).digest('base64');

/** Nothing is loaded, run, framed or sent anywhere: the page is text and one style sheet. */
const HEADERS = {
  'content-security-policy': `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** An idle connection, and one that sends its request by drops, are ended after this. */
const PATIENCE_MS = 10_000;
const MOST_CONNECTIONS = 20;

/**
 * Serves the watcher's page, metrics and evidence, for reading alone. What goes wrong in an answer stays in that answer: the watcher
 * goes on.
 * @throws UserError `page` when it cannot listen there
 */
export async function startPage(options: PageOptions): Promise<Page> {
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, (request, response) => {
    answer(request, response, options).catch((thrown: unknown) => {
      options.say(`page ${request.url}: ${reasonOf(thrown)}`);
      response.destroy();
    });
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.setTimeout(PATIENCE_MS);
  await listen(server, options);
  const { address, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: PageOptions): Promise<void> {
  request.resume();
  const { method, url = '' } = request;
  const { status, type, body } = await answered(method, url, options);
  response.writeHead(status, {
    ...HEADERS,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(body);
}

async function answered(method: string | undefined, url: string, options: PageOptions): Promise<Answer> {
  try {
    return await answerTo(method, url, options);
  } catch (thrown) {
    options.say(`page ${url}: ${reasonOf(thrown)}`);
    const body = 'this cannot be shown; the log of the watcher says why\n';
    return { status: 500, type: 'text/plain; charset=utf-8', body };
  }
}

function listen(server: Server, { host, port }: PageOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on('error', (thrown) => {
      const found = `${host} port ${port}: ${reasonOf(thrown)}`;
      reject(
        new UserError('page', `cannot serve the page at ${found}; give it another port or host`, { cause: thrown }),
      );
    });
    server.listen(port, host, resolve);
  });
}
