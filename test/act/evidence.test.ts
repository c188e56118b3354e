import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { recordEvidence } from '../../act/evidence';
import { EVIDENCE_FILE } from '../../act/journal';
import { type EvidenceRecord, replay } from '../../rollout/evidence';
import { waitFor } from '../../sandbox/waitFor';
import { type Facts, type RecordedWorld, recordedWorld } from '../observe/support/recordedWorld';
import { type RedisServer, startRedis } from '../observe/support/redis';
import { runs, type StandIn, standIn } from '../observe/support/standIn';

const UPDATE = { by: 'program', mode: 'update' } as const;

describe('recordEvidence', function () {
  this.timeout(20_000);
  let redis: RedisServer;
  let world: RecordedWorld;
  const made: StandIn[] = [];
  before(async () => {
    redis = await startRedis();
    world = await recordedWorld(10, redis.url);
  });
  after(async () => {
    await world?.close();
    await redis?.stop();
    for (const one of made) one.remove();
  });
  beforeEach(() => rmSync(world.journal, { recursive: true, force: true }));

  const records = (): EvidenceRecord[] =>
    readFileSync(path.join(world.journal, EVIDENCE_FILE), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as EvidenceRecord);

  /** A program that comes before the world's own ones. */
  function env(name: string, script: string): NodeJS.ProcessEnv {
    const one = standIn(name, script);
    made.push(one);
    const { env: own } = world.settings();
    return { ...own, PATH: `${one.folder}${path.delimiter}${own['PATH']}` };
  }

  it('writes a permitted move into the journal, and its summary as an Event on the Deployment', async () => {
    const gate = await world.gate('canary-50');
    const { env: own } = world.settings();
    assert.deepEqual(await recordEvidence(gate, UPDATE, own), []);
    const [record, ...others] = records();
    assert.deepEqual(others, []);
    assert.ok(record !== undefined);
    assert.deepEqual([record.kind, record.by, record.mode, record.stack], ['permit', 'program', 'update', 'canary-50']);
    assert.match(record.revision.commit, /^[0-9a-f]{40}$/);
    assert.equal(record.settingsHash, gate.settingsHash);
    assert.deepEqual(replay(record), []);
    const [event, ...more] = world.events();
    assert.deepEqual(more, []);
    assert.deepEqual(
      [event?.['reason'], event?.['type'], event?.['action'], event?.['message']],
      [
        'CanaryPermitted',
        'Normal',
        'update',
        'permit · canary-50 · canary-10 → canary-50 · PROMOTE: every hard check held for 24s',
      ],
    );
    const { kind, name, uid } = event!['involvedObject'] as Record<string, string>;
    assert.deepEqual([kind, name, uid], ['Deployment', 'denis', record.cluster.denis?.uid]);
  });

  it('writes a refusal, a report and a rollback under their own reasons; a rollback is a warning', async () => {
    const own = () => world.settings().env;
    await recordEvidence(await world.gate('canary-100'), UPDATE, own());
    assert.deepEqual(
      world.events().map(({ reason, type }) => [reason, type]),
      [['CanaryRefused', 'Normal']],
    );
    await recordEvidence(await world.gate('canary-10'), { by: 'verify', mode: 'report' }, own());
    assert.deepEqual(
      world.events().map(({ reason, type }) => [reason, type]),
      [['CanaryDecided', 'Normal']],
    );
    const ledger = { version: 1, permitted: 1 };
    const bad = await world.gate('canary-50', (facts) => permit(facts, ledger));
    assert.equal(bad.judgement.decision?.verdict, 'ROLLBACK', bad.text);
    await recordEvidence(bad, UPDATE, own());
    assert.deepEqual(
      world.events().map(({ reason, type }) => [reason, type]),
      [['CanaryRefused', 'Warning']],
    );
    assert.deepEqual(
      records().map(({ kind }) => kind),
      ['refusal', 'decision', 'refusal'],
    );
    assert.deepEqual(records().flatMap(replay), []);
  });

  it('writes no Event of a preview', async () => {
    const gate = await world.gate('canary-50');
    assert.deepEqual(await recordEvidence(gate, { by: 'program', mode: 'preview' }, world.settings().env), []);
    assert.deepEqual(world.events(), []);
    assert.deepEqual(world.asked(), ['']);
    assert.equal(records().length, 1);
  });

  it('says of a permitted move that it goes on without a journal', async () => {
    const blocked = path.join(path.dirname(world.journal), 'a-file');
    writeFileSync(blocked, '');
    const gate = await world.gate('canary-50', (facts) => {
      facts.config['canary:journal'] = path.join(blocked, 'journal');
    });
    const said = await recordEvidence(gate, UPDATE, world.settings().env);
    assert.equal(said.length, 1);
    assert.match(said[0]!, /^evidence \(journal\): ENOTDIR: not a directory, mkdir '.*'; the move goes on without$/);
    assert.equal(world.events().length, 1, 'the Event is written all the same');
  });

  it('says that the API server refused the Event, in its words', async () => {
    const gate = await world.gate('canary-1');
    const denied = 'Error from server (Forbidden): events is forbidden: User "ana" cannot create resource "events"';
    const said = await recordEvidence(gate, UPDATE, env('kubectl', `echo '${denied}' >&2; exit 1`));
    assert.deepEqual(said, [
      'evidence (Event): no Event could be written: events is forbidden: User "ana" cannot create resource "events"; the move goes on without',
    ]);
    assert.equal(records().length, 1);
  });

  it('waits no longer than 5 s for an Event, and leaves no process behind', async () => {
    const gate = await world.gate('canary-1');
    const slow = env('kubectl', 'echo $$ > "$FOLDER/pid"; exec sleep 60');
    const started = performance.now();
    const said = await recordEvidence(gate, UPDATE, slow);
    const took = performance.now() - started;
    assert.deepEqual(said, ['evidence (Event): the API server took no Event within 5 s; the move goes on without']);
    assert.ok(took > 4_000 && took < 7_000, `${took} ms`);
    const pid = Number(made.at(-1)!.written('pid'));
    await waitFor(async () => !runs(pid) || undefined, { what: 'kubectl to be ended', deadlineMs: 2_000 });
  });

  it('goes on without a revision where git is slow, and without kubectl', async () => {
    const gate = await world.gate('canary-1');
    const slow = env('git', 'exec sleep 60');
    const started = performance.now();
    assert.deepEqual(await recordEvidence(gate, UPDATE, slow), []);
    assert.ok(performance.now() - started < 4_000);
    assert.deepEqual(records()[0]?.revision, { commit: 'unknown' });
    const said = await recordEvidence(gate, UPDATE, { ...process.env, PATH: '/nonexistent' });
    assert.deepEqual(said, [
      'evidence (Event): kubectl was not found on PATH; install it, version 1.33 or later; the move goes on without',
    ]);
  });

  it('keeps what a setting calls a secret out of record, Event and sentences', async () => {
    const secret = 'Zx81-hunter2-Zx81';
    const change = (facts: Facts): void => {
      facts.config['canary:prometheus'] = `http://reader:${secret}@127.0.0.1:1`;
      facts.config['canary:redis'] = `redis://denis:${secret}@127.0.0.1:1/0`;
      facts.config['canary:chat'] = `http://denis:${secret}@127.0.0.1:1/chat`;
    };
    for (const stack of ['canary-1', 'canary-10', 'canary-50']) {
      const gate = await world.gate(stack, change);
      const said = await recordEvidence(gate, UPDATE, world.settings().env);
      assert.doesNotMatch([gate.report, ...said, JSON.stringify(world.events())].join('\n'), /hunter2/);
    }
    assert.equal(records().length, 3);
    assert.doesNotMatch(readFileSync(path.join(world.journal, EVIDENCE_FILE), 'utf8'), /hunter2/);
  });

  it('lets a gate by itself write no evidence', async () => {
    await world.gate('canary-50');
    assert.ok(!existsSync(path.join(world.journal, EVIDENCE_FILE)));
  });
});

function permit(facts: Facts, ledger: object): void {
  facts.named = facts.named.map((object) => {
    const { kind, data } = object as { kind: string; data?: object };
    return kind === 'ConfigMap' && data !== undefined
      ? { ...object, data: { 'ledger.json': JSON.stringify(ledger) } }
      : object;
  });
}
