import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { RunError } from '@pulumi/pulumi';
import { EVIDENCE_FILE } from '../../act/journal';
import program from '../../index';
import type { EvidenceRecord } from '../../rollout/evidence';
import { type RecordedWorld, recordedWorld } from '../observe/support/recordedWorld';
import { type RedisServer, startRedis } from '../observe/support/redis';
import { only, type Registration, registrationsOf } from './support/registrations';

describe('the program', function () {
  this.timeout(15_000);
  let redis: RedisServer;
  let world: RecordedWorld;
  before(async () => {
    redis = await startRedis();
    world = await recordedWorld(1, redis.url);
  });
  after(async () => {
    await world?.close();
    await redis?.stop();
  });

  /** Runs a stack in the recorded world; the program reads the environment of this process. */
  async function run(
    stack: string,
    preview: boolean,
    extra: Record<string, string> = {},
  ): Promise<{ registered: Registration[]; outputs: Record<string, unknown> }> {
    const { config, env } = world.settings();
    const before = process.env['PATH'];
    process.env['PATH'] = env['PATH'];
    let outputs: Record<string, unknown> = {};
    try {
      const registered = await registrationsOf(
        async () => {
          outputs = await program();
        },
        { stack, preview, config: { ...config, ...extra } },
      );
      return { registered, outputs };
    } finally {
      process.env['PATH'] = before;
    }
  }

  it('previews a permitted move: workers first, then the exposure, and the outputs that name it', async () => {
    const { registered, outputs } = await run('canary-10', true);
    assert.deepEqual(outputs, { phase: 'canary-10', exposure: 10, enabled: true, move: 5 });
    const workers = only(registered, 'denis:canary:WorkerFloor');
    const exposure = only(registered, 'denis:canary:Exposure');
    assert.ok(registered.indexOf(workers) < registered.indexOf(exposure));
    const patches = registered.filter(({ type }) => type === 'kubernetes:apps/v1:DeploymentPatch');
    assert.deepEqual(
      patches.map(({ inputs }) => inputs['spec']),
      [
        { replicas: 3 },
        {
          template: {
            metadata: {
              annotations: {
                'canary.denis.run/pct': '10',
                'canary.denis.run/enabled': 'true',
                'canary.denis.run/move': '5',
              },
            },
          },
        },
      ],
    );
    assert.ok(patches[1]!.dependsOn.includes('workers') || exposure.dependsOn.includes('workers'));
    assert.ok(
      world.asked().every((line) => /^(get|auth whoami)/.test(line)),
      'a preview writes nothing',
    );
  });

  it('previews a refused move with its diff', async () => {
    const { registered } = await run('canary-50', true);
    only(registered, 'denis:canary:Exposure');
    assert.ok(world.asked().every((line) => /^(get|auth whoami)/.test(line)));
  });

  it('stops the update of a refused move before it declares or writes anything', async () => {
    let registered: Registration[] = [];
    await assert.rejects(
      async () => {
        registered = (await run('canary-50', false)).registered;
      },
      (thrown: unknown) => {
        assert.ok(RunError.isInstance(thrown));
        assert.match(thrown.message, /^canary-1 → canary-50 {3}REFUSED {3}canary-50 skips a phase/);
        assert.match(thrown.message, /^ {2}change: exposure 1 % → 50 %$/m);
        assert.equal(thrown.stack, '');
        return true;
      },
    );
    assert.deepEqual(registered, []);
    const written = world.asked().filter((line) => !/^(get|auth whoami)/.test(line));
    assert.deepEqual(written, ['create --validate=false -f -'], 'nothing but the Event that says so');
    assert.deepEqual(
      world.events().map(({ reason }) => reason),
      ['CanaryRefused'],
    );
  });

  it('writes evidence of previews and updates into the journal that the settings name', async () => {
    rmSync(world.journal, { recursive: true, force: true });
    await run('canary-10', true);
    await assert.rejects(run('canary-50', false));
    const records = readFileSync(path.join(world.journal, EVIDENCE_FILE), 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      records.map((line) => {
        const { kind, by, mode, stack } = JSON.parse(line) as EvidenceRecord;
        return [kind, by, mode, stack];
      }),
      [
        ['permit', 'program', 'preview', 'canary-10'],
        ['refusal', 'program', 'update', 'canary-50'],
      ],
    );
  });

  it('says what is wrong with a stack outside the ladder, bare', async () => {
    await assert.rejects(run('staging', false), (thrown: unknown) => {
      assert.ok(RunError.isInstance(thrown));
      assert.match(thrown.message, /^stack staging is no phase of the plan; the stacks are canary-1,/);
      return true;
    });
  });
});
