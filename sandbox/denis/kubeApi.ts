import * as http from 'node:http';
import * as https from 'node:https';

export interface KubeApiOptions {
  server: string;
  token: string;
  /** PEM; unused with plain HTTP. */
  certificateAuthority: string;
}

export class KubeApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

interface SendOptions {
  /** A longer silence of the server ends the request. */
  idleMs: number;
  signal?: AbortSignal | undefined;
  body?: { contentType: string; text: string };
}

/** The three requests to the API server that Denis needs. */
export class KubeApi {
  constructor(private readonly options: KubeApiOptions) {}

  /** @throws KubeApiError for an error status, the network's error otherwise. */
  async get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return JSON.parse(await textOf(await this.send('GET', path, { idleMs: 10_000, signal }))) as T;
  }

  async patch(path: string, contentType: string, patch: unknown): Promise<void> {
    const body = { contentType, text: JSON.stringify(patch) };
    await textOf(await this.send('PATCH', path, { idleMs: 5_000, body }));
  }

  /** Calls back for every line of a watch until the server closes it. @param idleMs a longer silence ends it */
  async lines(path: string, idleMs: number, onLine: (line: string) => void, signal: AbortSignal): Promise<void> {
    const response = await this.send('GET', path, { idleMs, signal });
    response.setEncoding('utf8');
    let rest = '';
    for await (const chunk of response) {
      const lines = `${rest}${chunk as string}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') onLine(line);
    }
  }

  private send(method: string, path: string, { idleMs, signal, body }: SendOptions): Promise<http.IncomingMessage> {
    const { server, token, certificateAuthority } = this.options;
    const url = new URL(path, server);
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/json',
      'user-agent': 'sandbox-denis',
      ...(body && { 'content-type': body.contentType }),
    };
    return new Promise((resolve, reject) => {
      const settings = { method, headers, timeout: idleMs, agent: false as const, ...(signal && { signal }) };
      const outgoing =
        url.protocol === 'https:'
          ? https.request(url, { ...settings, ca: certificateAuthority })
          : http.request(url, settings);
      outgoing.on('timeout', () => outgoing.destroy(new Error(`silent for ${idleMs / 1000} s`)));
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const status = response.statusCode ?? 0;
        if (status < 300) return resolve(response);
        textOf(response).then(
          (text) => reject(new KubeApiError(status, `${method} ${path}: ${status} ${text.slice(0, 300)}`)),
          reject,
        );
      });
      outgoing.end(body?.text);
    });
  }
}

async function textOf(response: http.IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const chunk of response) text += chunk as string;
  return text;
}
