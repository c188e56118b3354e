import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { type Assessed, runLoadTest } from '../../act/loadTest/index';
import { startVegeta } from '../../act/loadTest/vegeta';
import { canary50 } from '../../phases/canary-50';
import { type Seconds, seconds } from '../../phases/units';
import { judgeLoadTest, type LoadPlan } from '../../rollout/loadTest';
import { vegeta } from '../support/vegeta';

interface Asked {
  readonly message: string;
  readonly user_id: string;
}

const QUIET: Assessed = { verdict: 'HOLD', sentence: 'all is quiet' };
const LIMITS = { checks: canary50.checks, baseline: undefined };

describe('act/loadTest', function () {
  this.timeout(60_000);
  let folder: string;
  let program: string;
  let server: Server;
  let asked: Asked[];
  let answer: { status: number; afterMs: number };

  before(async function () {
    // A cold build of the generator.
    this.timeout(400_000);
    program = await vegeta();
  });
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-load-'));
    symlinkSync(program, path.join(folder, 'vegeta'));
    asked = [];
    answer = { status: 200, afterMs: 0 };
    server = createServer((request, response) => {
      void text(request).then(async (body) => {
        asked.push(JSON.parse(body) as Asked);
        await pause(answer.afterMs);
        response.writeHead(answer.status).end('{}');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (
    plan: LoadPlan,
    more: { assess?: () => Promise<Assessed>; signal?: AbortSignal; port?: number; mostBlind?: Seconds } = {},
    lines: string[] = [],
  ) => {
    const port = more.port ?? (server.address() as AddressInfo).port;
    const env = {
      ...process.env,
      PATH: `${folder}${path.delimiter}${process.env['PATH']}`,
      http_proxy: 'http://127.0.0.1:1',
    };
    return runLoadTest(plan, {
      start: (onHit) => startVegeta(plan, { url: `http://127.0.0.1:${port}/chat`, run: 'r', env, onHit }),
      assess: more.assess ?? (async () => QUIET),
      say: (line) => lines.push(line),
      signal: more.signal ?? new AbortController().signal,
      ...(more.mostBlind === undefined ? {} : { mostBlind: more.mostBlind }),
    });
  };

  it("sends the plan's message exactly as often as it should, each time by another user", async () => {
    const plan = { requests: 30, length: seconds(2) };
    const lines: string[] = [];
    const { end, figures, generatorCpu } = await run(plan, {}, lines);
    assert.deepEqual(end, { kind: 'done' });
    assert.deepEqual([figures.sent, figures.dropped, figures.failed], [30, 0, 0]);
    assert.deepEqual(new Set(asked.map(({ message }) => message)), new Set(['test post kill']));
    assert.equal(new Set(asked.map(({ user_id }) => user_id)).size, 30);
    assert.ok(figures.p99! >= figures.p50! && figures.p50! > 0);
    if (process.platform === 'linux') assert.ok(generatorCpu! >= 0);
    assert.match(lines[0]!, /^0s of 2s {2}0 of 30 sent {2}0 failed {2}HOLD$/);
  });

  it('fails on errors above the limit of the phase', async () => {
    answer = { status: 503, afterMs: 0 };
    const plan = { requests: 10, length: seconds(1) };
    const { figures } = await run(plan);
    assert.deepEqual([figures.sent, figures.failed, figures.errorRate], [10, 10, 1]);
  });

  it('counts a service that is not there as failed requests', async () => {
    const plan = { requests: 10, length: seconds(1) };
    const { figures } = await run(plan, { port: 1 });
    assert.deepEqual([figures.sent, figures.failed], [10, 10]);
  });

  it('stops at once when a rule fires', async () => {
    const plan = { requests: 6_000, length: seconds(300) };
    const assess = async (): Promise<Assessed> => {
      while (asked.length < 5) await pause(20);
      return { verdict: 'ROLLBACK', sentence: 'error rate > 3 %' };
    };
    const { end, figures } = await run(plan, { assess });
    assert.deepEqual(end, { kind: 'rule', verdict: 'ROLLBACK', sentence: 'error rate > 3 %' });
    assert.ok(figures.sent >= 5 && figures.sent < 1_000, `${figures.sent} sent`);
    const before = asked.length;
    await pause(300);
    assert.equal(asked.length, before, 'something was sent after the end');
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const assess = async (): Promise<Assessed> => {
      while (asked.length < 3) await pause(20);
      stop.abort();
      return QUIET;
    };
    const { end, figures } = await run({ requests: 6_000, length: seconds(300) }, { assess, signal: stop.signal });
    assert.deepEqual(end, { kind: 'interrupted' });
    assert.ok(figures.dropped > 5_000);
  });

  const blind: [string, () => Promise<Assessed>][] = [
    ['cannot be read', () => Promise.reject(new Error('kubectl is gone'))],
    ['has no verdict', async () => ({ verdict: undefined, sentence: 'kubectl is gone' })],
  ];
  for (const [what, look] of blind) {
    it(`puts no load on a service that ${what}`, async () => {
      const assess = async (): Promise<Assessed> => {
        while (asked.length < 3) await pause(20);
        return look();
      };
      const plan = { requests: 6_000, length: seconds(300) };
      const { end, figures } = await run(plan, { assess, mostBlind: seconds(0) });
      assert.deepEqual(end, { kind: 'blind', reason: 'not judged for 0s: kubectl is gone' });
      assert.ok(figures.dropped > 5_000);
    });
  }

  it('tells a generator that cannot keep up from a service that is slow', async () => {
    answer = { status: 200, afterMs: 400 };
    const plan = { requests: 40, length: seconds(2) };
    const slow = await run(plan);
    assert.equal(slow.figures.dropped, 0, 'a slow service holds no request up');
    assert.ok(slow.figures.p50! >= 0.4);

    rmSync(path.join(folder, 'vegeta'));
    const oneAtATime = `#!/bin/sh\nif [ "$1" = attack ]; then exec '${program}' "$@" -workers=1 -max-workers=1; fi\nexec '${program}' "$@"\n`;
    writeFileSync(path.join(folder, 'vegeta'), oneAtATime, { mode: 0o755 });
    const weak = await run(plan);
    const { verdict, sentences } = judgeLoadTest(plan, weak.figures, LIMITS);
    assert.equal(verdict, 'generator', JSON.stringify(weak.figures));
    assert.match(sentences[0]!, /^this machine was the limit, not Denis: of 40 requests in 2s it never sent \d+/);
  });
});
