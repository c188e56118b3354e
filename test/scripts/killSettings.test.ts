import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { type KillSettings, readKillSettings } from '../../scripts/killSettings';
import { type StandIn, standIn } from '../observe/support/standIn';

const GOOD = {
  context: 'production',
  clusterUid: '6a1b7c1e-0000-4000-8000-1234567890ab',
  namespace: 'other',
  port: 9000,
  redis: 'redis://:hush@redis.test:6380/2',
  chat: 'http://denis.test/chat',
  metrics: { materializer_new: { series: 'denis_new_jobs' } },
};

describe('scripts/killSettings', () => {
  let folder: string;
  const made: StandIn[] = [];
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kill-settings-'));
  });
  after(() => {
    for (const one of made) one.remove();
    rmSync(folder, { recursive: true });
  });

  /** @param programs scripts that stand in for programs */
  function readFrom(text: string | undefined, programs: Readonly<Record<string, string>> = {}): KillSettings {
    const file = path.join(folder, text === undefined ? 'missing.yaml' : 'settings.yaml');
    if (text !== undefined) writeFileSync(file, text);
    const stands = Object.entries({ kubectl: 'echo where-I-am', ...programs }).map(([name, script]) =>
      standIn(name, script),
    );
    made.push(...stands);
    const PATH = [...stands.map((stand) => stand.folder), process.env['PATH']].join(path.delimiter);
    return readKillSettings('canary-1', { ...process.env, PATH, PULUMI_OPTION_CONFIG_FILE: file });
  }
  const yaml = (keys: Readonly<Record<string, unknown>>): string =>
    stringify({ config: Object.fromEntries(Object.entries(keys).map(([key, value]) => [`canary:${key}`, value])) });

  it('uses what is there, and has nothing to remark', async () => {
    const { cluster, redis, redisAssumed, redisName, chat, series, notes } = readFrom(yaml(GOOD));
    const { context, clusterUid, namespace, deployment, port } = cluster;
    assert.deepEqual(
      [context, clusterUid, namespace, deployment, port],
      [GOOD.context, GOOD.clusterUid, 'other', 'denis', 9000],
    );
    assert.deepEqual([await redis(), redisAssumed, redisName], [GOOD.redis, false, 'redis redis.test:6380/2']);
    assert.deepEqual([chat, series.newJobs.name], [GOOD.chat, 'denis_new_jobs']);
    assert.deepEqual(notes, []);
  });

  const nothing: readonly [string, text: string | undefined, note: RegExp][] = [
    ['a file that is missing', undefined, /missing\.yaml cannot be read/],
    ['a file that is no YAML', 'config: "open\n', /settings\.yaml is no YAML/],
    ['a file without settings', 'config:\n', /^canary:context is not there/],
  ];
  for (const [what, text, note] of nothing) {
    it(`needs none of ${what}: the kubeconfig's context, the names and the Redis of the plan, and says so`, async () => {
      const { cluster, redis, redisAssumed, chat, series, notes } = readFrom(text);
      const { context, clusterUid, namespace, deployment, container, workers, port, podAccess } = cluster;
      assert.deepEqual([context, clusterUid], ['where-I-am', '']);
      assert.deepEqual(
        [namespace, deployment, container, workers, port, podAccess],
        ['denis', 'denis', 'denis', 'denis-workers', 8084, 'direct'],
      );
      assert.deepEqual([await redis(), redisAssumed, chat], ['redis://localhost:6379', true, undefined]);
      assert.equal(series.newJobs.name, 'materializer_new');
      assert.match(notes[0]!, note);
      assert.ok(notes.includes("canary:context is not there: the kubeconfig's current one is used, where-I-am"));
      assert.ok(notes.includes('canary:redis is not there: redis://localhost:6379 is assumed'));
    });
  }

  it('leaves out one key that is wrong, by name, and keeps the others', () => {
    const { cluster, redisName, notes } = readFrom(yaml({ ...GOOD, port: 'eighty', timeScale: 'fast', typo: 1 }));
    assert.deepEqual([cluster.port, cluster.namespace, redisName], [8084, 'other', 'redis redis.test:6380/2']);
    assert.equal(notes.length, 1);
    assert.match(notes[0]!, /^canary:port: .*; found "eighty"; it is left out$/);
  });

  it('shows nothing of a Redis that is wrong', () => {
    const { redisAssumed, notes } = readFrom(yaml({ ...GOOD, redis: 'hush@redis' }));
    assert.equal(redisAssumed, true);
    assert.match(notes[0]!, /^canary:redis: /);
    assert.doesNotMatch(notes.join(), /hush/);
  });

  it('counts by the standard series where an expression cannot be asked of a pod', () => {
    const metrics = { materializer_new: { query: 'sum(rate(a[1m]))' } };
    assert.equal(readFrom(yaml({ ...GOOD, metrics })).series.newJobs.name, 'materializer_new');
  });

  it('has pulumi decrypt a Redis that is encrypted, while everything else goes on', async () => {
    const encrypted = yaml({ ...GOOD, redis: { secure: 'v1:abc' } });
    const values = '{"canary:redis":{"value":"redis://:hush@there","secret":true}}';
    const { redis, redisAssumed, redisName, notes } = readFrom(encrypted, { pulumi: `echo '${values}'` });
    assert.equal(await redis(), 'redis://:hush@there');
    assert.deepEqual([redisAssumed, redisName, notes], [false, 'Redis of an encrypted setting', []]);
    const failing = readFrom(encrypted, { pulumi: 'echo "error: incorrect passphrase" >&2; exit 255' });
    await assert.rejects(failing.redis(), /`pulumi config` does not show them: error: incorrect passphrase$/);
  });

  it('looks at Celery only where it is configured, at its own broker or at the Redis of the flag', async () => {
    assert.equal(await readFrom(yaml(GOOD)).celery(), undefined);
    assert.equal(await readFrom(yaml({ ...GOOD, celery: 'off' })).celery(), undefined);
    assert.equal((await readFrom(yaml({ ...GOOD, celery: 'on' })).celery())!.broker, GOOD.redis);
    const own = await readFrom(yaml({ ...GOOD, celery: { broker: 'redis://broker', queue: 'other' } })).celery();
    assert.deepEqual([own!.broker, own!.settings.queue], ['redis://broker', 'other']);
  });

  it('leaves a Celery that is wrong out, and shows nothing of its broker', async () => {
    const { celery, notes } = readFrom(yaml({ ...GOOD, celery: { broker: 'hush@broker' } }));
    assert.equal(await celery(), undefined);
    assert.match(notes[0]!, /^canary:celery\.broker: .*; it is left out$/);
    assert.doesNotMatch(notes.join(), /hush/);
  });

  it('decrypts what Celery needs only when it is asked', async () => {
    const values = JSON.stringify({
      'canary:celery': { value: '{"broker":"redis://:hush@broker"}', secret: true },
      'canary:redis': { value: 'redis://:hush@there', secret: true },
    });
    const pulumi = `echo asked >> "$FOLDER/asked"; echo '${values}'`;
    const broker = { secure: 'v1:abc' };
    const { celery, notes } = readFrom(yaml({ ...GOOD, celery: { broker } }), { pulumi });
    assert.deepEqual(notes, []);
    assert.throws(() => made.at(-1)!.written('asked'));
    assert.equal((await celery())!.broker, 'redis://:hush@broker');
    const ofRedis = readFrom(yaml({ ...GOOD, redis: broker, celery: 'on' }), { pulumi });
    assert.equal((await ofRedis.celery())!.broker, 'redis://:hush@broker');
  });
});
