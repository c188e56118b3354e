import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { appendEvidence } from '../../../act/journal';
import { type Page, startPage } from '../../../act/page/index';
import { WatcherMetrics } from '../../../act/page/metrics';
import { EVIDENCE_MOST } from '../../../act/page/routes';
import { writeDigest } from '../../../act/watch/digestFile';
import { unixSeconds } from '../../../phases/units';
import { judge } from '../../../rollout/assessment';
import { evidenceOf } from '../../../rollout/evidence';
import type { WatchView } from '../../../rollout/page/view';
import { moveName } from '../../../rollout/table';
import { assessment } from '../../support/assessments';
import { OCCASION } from '../../support/judgements';
import { watchView } from '../../support/watchViews';

const well = watchView('canary-10', { live: 10 });

describe('the page server', () => {
  let page: Page;
  let view: () => WatchView;
  let folder: string;
  let said: string[];
  const file = (name: string): string => path.join(folder, name);

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-canary-page-'));
    view = () => well;
    said = [];
    const metrics = new WatcherMetrics();
    page = await startPage({
      host: '127.0.0.1',
      port: 0,
      view: () => view(),
      metrics: () => metrics.text(view()),
      evidence: folder,
      say: (sentence) => said.push(sentence),
    });
  });
  afterEach(async () => {
    await page.close();
    rmSync(folder, { recursive: true });
  });

  /** The path goes out as it is: a client that tidies it up would hide what a hostile one sends. */
  function ask(
    target: string,
    method = 'GET',
  ): Promise<{ status: number; headers: Record<string, unknown>; body: string }> {
    const { hostname, port } = new URL(page.url);
    return new Promise((resolve, reject) => {
      request({ hostname, port, path: target, method }, (response) => {
        const { statusCode = 0, headers } = response;
        text(response).then((body) => resolve({ status: statusCode, headers, body }), reject);
      })
        .once('error', reject)
        .end();
    });
  }

  it('answers health with 200 while ticks come, else with 503 and a sentence', async () => {
    const alive = await ask('/healthz');
    assert.deepEqual([alive.status, alive.body], [200, 'the last tick was 4s ago\n']);
    view = () => ({ ...well, tickedAt: unixSeconds(well.now - 60) });
    const dead = await ask('/healthz');
    assert.equal(dead.status, 503);
    assert.match(dead.body, /^the last tick was 1m00s ago: .*nothing is watched now\n$/);
  });

  it('serves the live page, the metrics and the evidence, each as what it is', async () => {
    const judgement = judge(assessment('canary-50', { live: 10 }));
    appendEvidence(folder, evidenceOf(judgement, OCCASION, moveName(judgement)));
    const rows: readonly [target: string, type: string, holds: RegExp][] = [
      ['/', 'text/html; charset=utf-8', /^<!doctype html>[\s\S]*PROMOTE/],
      ['/?still', 'text/html; charset=utf-8', /follow again/],
      ['/metrics', 'text/plain; version=0.0.4; charset=utf-8', /^denis_canary_watcher_up 1$/m],
      ['/evidence', 'text/html; charset=utf-8', /canary-10 → canary-50/],
      ['/evidence.jsonl', 'application/x-ndjson; charset=utf-8', /^\{"version":1,.*\}\n$/],
    ];
    for (const [target, type, holds] of rows) {
      const { status, headers, body } = await ask(target);
      assert.deepEqual([status, headers['content-type']], [200, type], target);
      assert.match(body, holds, target);
    }
  });

  it('says in every answer that nothing may run, load, frame or be kept', async () => {
    for (const target of ['/', '/healthz', '/metrics', '/evidence', '/evidence.jsonl', '/nowhere']) {
      const { headers } = await ask(target);
      assert.match(
        String(headers['content-security-policy']),
        /^default-src 'none'; style-src 'sha256-[\w+/]+=*'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
      );
      assert.equal(headers['x-content-type-options'], 'nosniff');
      assert.equal(headers['referrer-policy'], 'no-referrer');
      assert.equal(headers['cache-control'], 'no-store');
    }
  });

  it('answers HEAD as GET without a body, and no other method', async () => {
    const [get, head] = [await ask('/?still'), await ask('/?still', 'HEAD')];
    assert.deepEqual([head.status, head.body], [200, '']);
    assert.equal(head.headers['content-length'], get.headers['content-length']);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
      const { status, headers } = await ask('/', method);
      assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD'], method);
    }
  });

  it('has nothing else: no other file of the folder, and no way out of it', async () => {
    writeFileSync(file('samples-2026-11-25.jsonl'), 'secret\n');
    writeFileSync(file('evidence.jsonl'), '{}\n');
    for (const target of [
      '/samples-2026-11-25.jsonl',
      '/evidence/',
      '/evidence/evidence.jsonl',
      '/evidence/../evidence.jsonl',
      '/../../../../etc/passwd',
      '/evidence.jsonl/../samples-2026-11-25.jsonl',
      '/evidence.jsonl%00',
      '/%2e%2e/etc/passwd',
      '/%zz',
      '//evidence.jsonl',
      '/EVIDENCE.JSONL',
      '/index.html',
      '/favicon.ico',
      'http://elsewhere/evidence.jsonl',
      '*',
    ]) {
      const { status, body } = await ask(target);
      assert.deepEqual([status, body], [404, 'there is no such page\n'], target);
    }
  });

  it('serves the newest picture of a digest, and no other file', async () => {
    assert.equal((await ask('/digest.svg')).status, 404);
    writeDigest(folder, unixSeconds(1_764_200_000), '<svg>newer</svg>');
    writeDigest(folder, unixSeconds(1_764_100_000), '<svg>older</svg>');
    writeFileSync(file('digest-zzz.svg'), '<svg>other</svg>');
    const { status, headers, body } = await ask('/digest.svg');
    assert.deepEqual(
      [status, headers['content-type'], body],
      [200, 'image/svg+xml; charset=utf-8', '<svg>newer</svg>'],
    );
  });

  it('serves the newest whole lines of an evidence that is too long', async () => {
    const line = (index: number): string =>
      JSON.stringify({ index, kind: 'decision', at: 'x', filler: 'ä'.repeat(40_000) });
    const lines = Array.from({ length: 150 }, (_, index) => line(index));
    writeFileSync(file('evidence.jsonl'), `${lines.join('\n')}\n`);
    const { body } = await ask('/evidence.jsonl');
    assert.ok(Buffer.byteLength(body) <= EVIDENCE_MOST && Buffer.byteLength(body) > EVIDENCE_MOST - 100_000);
    const served = body
      .trimEnd()
      .split('\n')
      .map((one) => (JSON.parse(one) as { index: number }).index);
    assert.deepEqual([served.at(-1), served.length], [149, 150 - served[0]!]);
    assert.equal((await ask('/evidence')).status, 200);
  });

  it('leaves out a line that is still being written, and takes a file that is empty or missing as it is', async () => {
    assert.deepEqual((await ask('/evidence.jsonl')).status, 404);
    assert.match((await ask('/evidence')).body, /No record yet/);
    writeFileSync(file('evidence.jsonl'), '{"a":1}\n{"b":');
    assert.equal((await ask('/evidence.jsonl')).body, '{"a":1}\n');
    truncateSync(file('evidence.jsonl'));
    assert.deepEqual(await ask('/evidence.jsonl').then(({ status, body }) => [status, body]), [200, '']);
  });

  it('says nothing of what went wrong but in the log, and goes on', async () => {
    view = () => {
      throw new Error('password=hunter2');
    };
    symlinkSync('/', file('evidence.jsonl'));
    for (const target of ['/', '/healthz', '/metrics', '/evidence.jsonl']) {
      const { status, body } = await ask(target);
      assert.deepEqual([status, body], [500, 'this cannot be shown; the log of the watcher says why\n'], target);
    }
    assert.equal(said.length, 4);
    assert.match(said[0]!, /^page \/: password=hunter2$/);
    view = () => well;
    assert.equal((await ask('/healthz')).status, 200);
  });

  it('goes on after what is no HTTP at all', async () => {
    const { hostname, port } = new URL(page.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write('\u0000\u0001 garbage\r\n\r\n'));
      text(socket).then(resolve, reject);
    });
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal((await ask('/healthz')).status, 200);
  });

  it('says where it cannot listen', async () => {
    const { port } = new URL(page.url);
    const options = {
      host: '127.0.0.1',
      port: Number(port),
      view,
      metrics: async () => '',
      evidence: folder,
      say: () => {},
    };
    await assert.rejects(startPage(options), (thrown: Error) => {
      assert.match(thrown.message, /^cannot serve the page at 127\.0\.0\.1 port \d+: .*EADDRINUSE/);
      return thrown.name === 'UserError';
    });
  });

  it('ends with connections open', async () => {
    const { hostname, port } = new URL(page.url);
    const socket = connect(Number(port), hostname);
    await new Promise((resolve) => socket.once('connect', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {}).resume();
    await page.close();
    await ended;
    await assert.rejects(ask('/healthz'), /ECONNREFUSED/);
  });
});
