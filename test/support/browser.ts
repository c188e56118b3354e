import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** How a page is looked at. */
export interface Look {
  readonly width: number;
  readonly dark: boolean;
}

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
};

const DEADLINE_MS = 60_000;
const FLAGS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-extensions',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** A headless browser that is spoken to through two pipes: messages of JSON, each ended by a zero byte. Source: the Chrome DevTools Protocol. */
export class Browser {
  private next = 0;
  private rest = '';
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  /** What pages complained about since the last look, such as a violation of their policy. */
  readonly complaints: string[] = [];

  private readonly closed: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    private readonly profile: string,
  ) {
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.receive(text));
    // A browser that has ended does not read: whoever waits for it is told by `close`.
    (child.stdio[3] as Writable).on('error', () => {});
    child.once('error', (error) => this.end(error));
    this.closed = new Promise((resolve) => {
      child.once('close', () => {
        this.end(new Error('the browser ended'));
        resolve();
      });
    });
  }

  static start(program: string): Browser {
    const profile = mkdtempSync(path.join(tmpdir(), 'denis-canary-browser-'));
    // Root may not use the browser's own sandbox; it sees nothing but this test's server.
    const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const child = spawn(program, [...FLAGS, ...asRoot, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    return new Browser(child, profile);
  }

  /** Opens an address and hands over the page once it has loaded. */
  async open<T>(url: string, use: (page: LoadedPage) => Promise<T>): Promise<T> {
    const { targetId } = await this.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
    const attach = { targetId, flatten: true };
    const { sessionId } = await this.send<{ sessionId: string }>('Target.attachToTarget', attach);
    const page = new LoadedPage((method, params) => this.send(method, params, sessionId));
    try {
      await page.load(url);
      return await use(page);
    } finally {
      await this.send('Target.closeTarget', { targetId });
    }
  }

  async close(): Promise<void> {
    const patience = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    this.send('Browser.close').catch(() => {});
    await this.closed;
    clearTimeout(patience);
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }

  private send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = ++this.next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited ${DEADLINE_MS / 1000} s for ${method}`)), DEADLINE_MS);
      const done =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      this.waiting.set(id, { resolve: done(resolve as (value: unknown) => void), reject: done(reject) });
      (this.child.stdio[3] as Writable).write(
        `${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`,
      );
    });
  }

  private receive(text: string): void {
    const messages = (this.rest + text).split('\0');
    this.rest = messages.pop()!;
    for (const message of messages) this.take(JSON.parse(message) as Message);
  }

  private take({ id, method, params, result, error }: Message): void {
    if (method === 'Log.entryAdded') this.complaints.push((params as { entry: { text: string } }).entry.text);
    const waiting = id === undefined ? undefined : this.waiting.get(id);
    if (id === undefined || waiting === undefined) return;
    this.waiting.delete(id);
    if (error === undefined) waiting.resolve(result);
    else waiting.reject(new Error(error.message));
  }

  private end(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}

type Send = <T>(method: string, params?: object) => Promise<T>;

/** A page as a test may ask about it. */
export class LoadedPage {
  constructor(private readonly send: Send) {}

  async load(url: string): Promise<void> {
    await this.send('Log.enable');
    await this.send('Page.navigate', { url });
    const end = performance.now() + DEADLINE_MS;
    while ((await this.evaluate('location.href + document.readyState')) !== `${url}complete`) {
      if (performance.now() > end) throw new Error(`waited ${DEADLINE_MS / 1000} s for ${url} to load`);
    }
  }

  async appear({ width, dark }: Look): Promise<void> {
    const screen = { width, height: 800, deviceScaleFactor: 1, mobile: width < 500 };
    const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
    await this.send('Emulation.setDeviceMetricsOverride', screen);
    await this.send('Emulation.setEmulatedMedia', { features });
  }

  /** The value of a JavaScript expression; the page's own policy does not bind it. */
  async evaluate(expression: string): Promise<unknown> {
    const asked = { expression, returnByValue: true };
    return (await this.send<{ result: { value?: unknown } }>('Runtime.evaluate', asked)).result.value;
  }

  /** PNG of the first screen, or of the whole page, which takes a busy machine long. */
  async screenshot({ whole }: { readonly whole: boolean }): Promise<Buffer> {
    const layout = await this.send<{ cssContentSize: { width: number; height: number } }>('Page.getLayoutMetrics');
    const clip = { x: 0, y: 0, ...layout.cssContentSize, scale: 1 };
    const { data } = await this.send<{ data: string }>('Page.captureScreenshot', {
      optimizeForSpeed: true,
      ...(whole ? { captureBeyondViewport: true, clip } : {}),
    });
    return Buffer.from(data, 'base64');
  }
}
