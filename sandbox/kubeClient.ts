import { request } from 'node:https';

/** A few plain requests to the API server; everything larger goes through kubectl. */
export class KubeClient {
  constructor(
    private readonly server: string,
    private readonly certificateAuthority: string,
    private readonly token: string,
  ) {}

  /** @throws when the server cannot be reached or answers with an error status. */
  async get<T>(path: string): Promise<T> {
    return (await this.send('GET', path)) as T;
  }

  async mergePatch(path: string, patch: unknown): Promise<void> {
    await this.send('PATCH', path, { type: 'application/merge-patch+json', content: JSON.stringify(patch) });
  }

  private send(method: string, path: string, body?: { type: string; content: string }): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const outgoing = request(new URL(path, this.server), {
        method,
        ca: this.certificateAuthority,
        agent: false,
        timeout: 5_000,
        headers: {
          authorization: `Bearer ${this.token}`,
          'user-agent': 'denis-sandbox',
          accept: 'application/json',
          ...(body && { 'content-type': body.type }),
        },
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path}: no answer within 5 s`)));
      outgoing.on('error', reject);
      outgoing.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if ((response.statusCode ?? 0) >= 300)
            return reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
          resolve(response.headers['content-type']?.startsWith('application/json') ? JSON.parse(text) : text);
        });
      });
      outgoing.end(body?.content);
    });
  }
}
