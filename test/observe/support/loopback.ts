import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request as the server got it, body included. */
export interface Received {
  readonly method: string | undefined;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Answer = (request: Received, response: ServerResponse) => unknown;

export interface Loopback {
  readonly origin: string;
  readonly port: number;
  /** Every request so far, oldest first. */
  readonly received: readonly Received[];
  close(): Promise<void>;
}

/** A real HTTP server on a free port of the loopback interface. */
export async function serve(answer: Answer): Promise<Loopback> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const { method, url = '', headers } = request;
    text(request).then(
      (body) => {
        const one = { method, url, headers, body };
        received.push(one);
        answer(one, response);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs with a server that is closed in every case. */
export async function withServer<T>(answer: Answer, use: (server: Loopback) => Promise<T>): Promise<T> {
  const server = await serve(answer);
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}

/** An origin at which nobody listens: a server had the port a moment ago. */
export async function nobodyAt(): Promise<string> {
  const server = await serve(() => {});
  await server.close();
  return server.origin;
}
