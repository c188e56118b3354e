import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubePod } from '../../../../sandbox/denis/podWatch';

interface KubeSecret {
  metadata: { name: string };
  data: Record<string, string>;
}

type Kind = 'pods' | 'secrets';

/** Speaks list, watch and patch of one namespace, over plain HTTP. */
export class FakeApiServer {
  readonly patches: { path: string; contentType: string; body: unknown }[] = [];
  readonly tokens = new Set<string>();
  lists = 0;
  private readonly objects = { pods: new Map<string, KubePod>(), secrets: new Map<string, KubeSecret>() };
  private readonly watchers = new Set<{ kind: Kind; response: ServerResponse }>();
  /** What happened since the start, for a watch that goes on from a version. */
  private readonly events: { kind: Kind; version: number; line: string }[] = [];
  private version = 1;
  private port = 0;
  private server = createServer();

  async start(): Promise<string> {
    this.server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.port}`;
  }

  stop(): Promise<void> {
    this.watchers.clear();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    return closed;
  }

  setPod(pod: KubePod): void {
    const type = this.objects.pods.has(pod.metadata.name) ? 'MODIFIED' : 'ADDED';
    this.objects.pods.set(pod.metadata.name, pod);
    this.tell('pods', type, pod);
  }

  removePod(name: string): void {
    const pod = this.objects.pods.get(name)!;
    this.objects.pods.delete(name);
    this.tell('pods', 'DELETED', pod);
  }

  setToken(token: string | undefined): void {
    const secret = {
      metadata: { name: 'denis-kill-switch' },
      data: { token: Buffer.from(token ?? '').toString('base64') },
    };
    if (token === undefined) this.objects.secrets.delete(secret.metadata.name);
    else this.objects.secrets.set(secret.metadata.name, secret);
    this.tell('secrets', token === undefined ? 'DELETED' : 'ADDED', secret);
  }

  get watches(): number {
    return this.watchers.size;
  }

  /** What the server says when it has forgotten the version that a watch wants to go on from. */
  expireWatches(): void {
    const line = JSON.stringify({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    for (const { response } of this.watchers) response.write(`${line}\n`);
  }

  closeWatches(): void {
    for (const { response } of this.watchers) response.end();
    this.watchers.clear();
  }

  private tell(kind: Kind, type: string, object: unknown): void {
    this.version += 1;
    const line = JSON.stringify({ type, object });
    this.events.push({ kind, version: this.version, line });
    for (const watcher of this.watchers) if (watcher.kind === kind) watcher.response.write(`${line}\n`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url!, 'http://api');
    this.tokens.add(request.headers.authorization ?? '');
    if (request.method === 'PATCH') {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      const contentType = request.headers['content-type'] ?? '';
      this.patches.push({ path: url.pathname, contentType, body: JSON.parse(text) });
      return void response.end('{}');
    }
    const kind = url.pathname.split('/').at(-1) as Kind;
    if (url.searchParams.get('watch') === '1') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.flushHeaders();
      const from = Number(url.searchParams.get('resourceVersion'));
      for (const event of this.events) {
        if (event.kind === kind && event.version > from) response.write(`${event.line}\n`);
      }
      const watcher = { kind, response };
      this.watchers.add(watcher);
      response.on('close', () => this.watchers.delete(watcher));
      return;
    }
    this.lists += 1;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        metadata: { resourceVersion: String(this.version) },
        items: [...this.objects[kind].values()],
      }),
    );
  }
}
