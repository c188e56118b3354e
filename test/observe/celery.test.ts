import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type CeleryTarget, lookAtCelery } from '../../observe/celery';
import type { CelerySettings } from '../../phases/celerySettings';
import type { CeleryLook } from '../../rollout/celeryJobs';
import type { Reading } from '../../rollout/cluster';
import { waitFor } from '../../sandbox/waitFor';
import { CELERY_FOLDER, type CeleryWorker, celery, startWorker, withApp } from '../support/celery';
import { validSettings } from '../support/validSettings';
import { type RedisServer, startRedis } from './support/redis';
import { type StandIn, standIn } from './support/standIn';

const settingsOf = (written: Partial<CelerySettings> = {}): CelerySettings =>
  validSettings({ celery: written }).celery!;
const reasonIn = (reading: Reading<unknown>): string =>
  reading.kind === 'unreadable' ? reading.reason : 'it was read';
const reasonsIn = ({ active, reserved, scheduled }: CeleryLook): string[] =>
  [active, reserved, scheduled].map(reasonIn);

/** A job of which the name is no name. */
const HOSTILE = [
  'import time',
  'from denis_unified_v1.async_min.celery_main import app',
  '@app.task(name="<img src=x>materializer\\x1b[31m\\u202e\\r\\n" + "x" * 50000)',
  'def hostile(seconds):',
  '    time.sleep(seconds)',
  '',
].join('\n');

describe('observe/celery, a real Celery and its broker', function () {
  this.timeout(400_000);
  let program: string;
  let broker: RedisServer;
  let worker: CeleryWorker | undefined;
  let folder: string | undefined;
  const look = (own: Partial<CelerySettings> = {}): Promise<CeleryLook> => {
    const settings = settingsOf({ binary: program, folder: CELERY_FOLDER, ...own });
    return lookAtCelery({ settings, broker: broker.url }, { ...process.env, PYTHONDONTWRITEBYTECODE: '1' });
  };

  before(async function () {
    const found = await celery();
    if (found === undefined) return this.skip();
    program = found;
    folder = mkdtempSync(path.join(tmpdir(), 'celery-app-'));
    writeFileSync(path.join(folder, 'hostile.py'), HOSTILE);
    broker = await startRedis();
    worker = await startWorker(program, broker.url, { folder, app: 'hostile:app' });
  });
  after(async () => {
    await worker?.kill();
    await broker?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  });

  it('tells running, reserved, scheduled and queued jobs apart, those of the materializer from others', async () => {
    await withApp(program, broker.url, [
      'def send(name, seconds, **more):',
      '    app.send_task("denis_unified_v1.async_min." + name, args=[seconds], **more)',
      'send("materializers.write", 1, countdown=3000)',
      'send("materializers.write", 3000)',
      'send("mail.send", 1)',
      'for _ in range(4): send("materializers.write", 1)',
      'send("materializers.write", 1, priority=9)',
    ]);
    const found = await waitFor(
      async () => {
        const seen = await look();
        const { active, scheduled } = seen;
        const begun = active.kind === 'read' && active.value.materializer === 1;
        return begun && scheduled.kind === 'read' && scheduled.value.materializer === 1 ? seen : undefined;
      },
      { what: 'a job to run and one to be scheduled', deadlineMs: 120_000 },
    );
    const { active, reserved, scheduled, queue } = found;
    assert.ok(active.kind === 'read' && scheduled.kind === 'read' && reserved.kind === 'read' && queue.kind === 'read');
    assert.deepEqual(active.value, {
      workers: 1,
      materializer: 1,
      others: 0,
      names: [{ name: 'denis_unified_v1.async_min.materializers.write', count: 1 }],
    });
    assert.equal(scheduled.value.workers, 1);
    // How many of the rest a worker takes is its own affair, but none is lost, that of another priority neither.
    const taken = reserved.value.materializer + reserved.value.others;
    assert.equal(taken + queue.value, 6);
    assert.ok(queue.value >= 1);
  });

  it('counts by the pattern of the settings', async () => {
    const { active } = await look({ tasks: '^denis_unified_v1\\.async_min\\.mail' });
    assert.ok(active.kind === 'read');
    assert.deepEqual([active.value.materializer, active.value.others], [0, 1]);
  });

  it('names the module that is not there', async () => {
    const found = await look({ app: 'no_such_module.celery:app' });
    for (const reason of reasonsIn(found)) {
      assert.match(reason, /^Celery ended with 2: ModuleNotFoundError: No module named 'no_such_module'$/);
    }
    assert.equal(found.queue.kind, 'read');
  });

  it('says nothing of what runs once the worker is gone, and still how much waits', async () => {
    await worker!.kill();
    const found = await look();
    for (const reason of reasonsIn(found)) assert.match(reason, /^no worker answered within 3 s: /);
    assert.ok(found.queue.kind === 'read' && found.queue.value >= 1);
  });

  it('takes a name that is no name as plain text of a line, cut to a length', async () => {
    await broker.stop();
    broker = await startRedis();
    worker = await startWorker(program, broker.url, { folder: folder!, app: 'hostile:app' });
    await withApp(program, broker.url, [
      'app.send_task("<img src=x>materializer\\x1b[31m\\u202e\\r\\n" + "x" * 50000, args=[3000])',
    ]);
    const { active } = await waitFor(
      async () => {
        const seen = await look();
        return seen.active.kind === 'read' && seen.active.value.materializer === 1 ? seen : undefined;
      },
      { what: 'the job to run', deadlineMs: 120_000 },
    );
    assert.ok(active.kind === 'read');
    const { name } = active.value.names[0]!;
    assert.match(name, /^<img src=x>materializer\[31m x+…$/);
    assert.equal(name.length, 80);
  });

  it('says that the broker is gone', async () => {
    await broker.stop();
    const found = await look();
    for (const reason of reasonsIn(found)) assert.match(reason, /^Celery does not reach its broker: .*onnect/);
    assert.match(reasonIn(found.queue), /^Redis: .*ECONNREFUSED/);
  });
});

describe('observe/celery, what else may answer', function () {
  this.timeout(60_000);
  const made: StandIn[] = [];
  after(() => {
    for (const one of made) one.remove();
  });

  /** Nobody listens at the broker. */
  const nowhere = 'redis://:hush-hush-1@127.0.0.1:1/0';
  function lookAt(script: string, own: Partial<CeleryTarget> = {}, signal?: AbortSignal): Promise<CeleryLook> {
    const program = standIn('celery', script);
    made.push(program);
    return lookAtCelery({ settings: settingsOf(), broker: nowhere, ...own }, program.env, signal);
  }

  it('asks by the plan’s command, and gives the broker to no list of processes', async () => {
    const found = await lookAt(
      'echo "$@" >> "$FOLDER/asked"; echo "$CELERY_BROKER_URL" > "$FOLDER/broker"; echo \'{"w": []}\'',
    );
    const asked = made.at(-1)!.written('asked').trimEnd().split('\n').sort();
    const line = (what: string): string =>
      `-A denis_unified_v1.async_min.celery_main:app inspect ${what} --json --timeout 3`;
    assert.deepEqual(asked, [line('active'), line('reserved'), line('scheduled')]);
    assert.equal(made.at(-1)!.written('broker').trim(), nowhere);
    assert.deepEqual(found.active, { kind: 'read', value: { workers: 1, materializer: 0, others: 0, names: [] } });
  });

  it('leaves the broker to the app where sentinels know it', async () => {
    const broker = 'redis+sentinel://127.0.0.1:1/mymaster/0';
    await lookAt('echo "[$CELERY_BROKER_URL]" > "$FOLDER/broker"; echo \'{"w": []}\'', { broker });
    assert.equal(made.at(-1)!.written('broker').trim(), '[]');
  });

  const answers: readonly [what: string, script: string, says: RegExp][] = [
    ['nothing', 'true', /^the answer of Celery is not /],
    ['half an answer', 'printf %s \'{"w": [{"name"\'', /^the answer of Celery is not /],
    ['jobs without a name', 'echo \'{"w": [{"id": 1}]}\'', /^the answer of Celery is not /],
    ['a worker with an error', 'echo \'{"w<b>": {"error": "busy"}}\'', /^worker w<b> answered with an error$/],
    ['no worker', "echo '{}'", /^no worker answered$/],
    ['a failure without a word', 'exit 3', /^Celery ended with 3: it said nothing$/],
    ['too much', 'head -c 17000000 /dev/zero', /^Celery printed more than 16 MiB$/],
  ];
  for (const [what, script, says] of answers) {
    it(`does not take ${what} for no job`, async () => {
      const found = await lookAt(script);
      for (const reason of reasonsIn(found)) assert.match(reason, says);
    });
  }

  it('reads past what an app prints when it is loaded', async () => {
    const { active } = await lookAt('echo "loading…"; echo \'{"w": [{"name": "materializer"}]}\'');
    assert.ok(active.kind === 'read' && active.value.materializer === 1);
  });

  it('says that there is no Celery, or no program', async () => {
    const missing = await lookAtCelery({ settings: settingsOf({ binary: '/nowhere/celery' }), broker: nowhere }, {});
    for (const reason of reasonsIn(missing)) assert.match(reason, /^\/nowhere\/celery was not found; install /);
    const none = await lookAtCelery({ settings: settingsOf({ binary: '/etc/passwd' }), broker: nowhere }, {});
    for (const reason of reasonsIn(none)) assert.match(reason, /^\/etc\/passwd is not a program /);
  });

  it('shows no password of the broker, and no control character of what Celery says', async () => {
    const found = await lookAt('printf "cannot use %s \\033[31m now" "$CELERY_BROKER_URL" >&2; exit 1');
    for (const reason of reasonsIn(found)) {
      assert.match(reason, /^Celery ended with 1: cannot use redis:\/\/\[secret\]@127\.0\.0\.1:1\/0 \[31m now$/);
    }
    assert.doesNotMatch(JSON.stringify(found), /hush-hush/);
  });

  it('ends with the signal of whoever asks', async () => {
    const stop = new AbortController();
    const looking = lookAt('echo begun > "$FOLDER/begun"; exec sleep 300', {}, stop.signal);
    await waitFor(async () => made.at(-1)!.written('begun') !== '' || undefined, {
      what: 'the program to begin',
      deadlineMs: 20_000,
      intervalMs: 20,
    });
    stop.abort();
    for (const reason of reasonsIn(await looking)) assert.equal(reason, 'it was interrupted');
  });
});
