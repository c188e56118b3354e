import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { ResourceValidationArgs } from '@pulumi/policy';
import * as pulumi from '@pulumi/pulumi';
import { EVIDENCE_FILE } from '../../act/journal';
import { promotionGate } from '../../policy-pack/promotionGate';
import type { EvidenceRecord } from '../../rollout/evidence';
import { denisObject, namespaceObject } from '../observe/support/objects';
import { type Facts, type RecordedWorld, recordedWorld } from '../observe/support/recordedWorld';
import { type RedisServer, startRedis } from '../observe/support/redis';

const ROOT = 'pulumi:pulumi:Stack';

describe('policy promotion-gate', function () {
  this.timeout(15_000);
  let redis: RedisServer;
  let world: RecordedWorld;
  before(async () => {
    redis = await startRedis();
    world = await recordedWorld(10, redis.url);
  });
  after(async () => {
    await world?.close();
    await redis?.stop();
  });

  /** The violations of one resource of a stack, as the engine would be told them. */
  async function violations(
    stack: string,
    type = ROOT,
    change?: (facts: Facts) => void,
    clock?: () => number,
    preview = false,
  ): Promise<string[]> {
    const { config, env } = world.settings(change);
    await pulumi.runtime.setMocks(
      { newResource: () => ({ id: '', state: {} }), call: () => ({}) },
      'denis-canary',
      stack,
      preview,
    );
    pulumi.runtime.setAllConfig(config);
    const before = { ...process.env };
    Object.assign(process.env, env);
    const found: string[] = [];
    try {
      const { validateResource } = promotionGate(clock);
      assert.ok(typeof validateResource === 'function');
      await validateResource({ type, props: {} } as ResourceValidationArgs, (message) => void found.push(message));
    } finally {
      process.env = before;
    }
    return found;
  }

  it('is mandatory', async () => {
    await violations('base');
    assert.equal(promotionGate().enforcementLevel, 'mandatory');
  });

  it('reads once for a verdict that is asked for soon, and anew for one that is asked for late', async () => {
    await violations('canary-50');
    const once = world.asked().length;
    let now = 0;
    await violations('canary-50', ROOT, undefined, () => {
      now += 5_001;
      return now;
    });
    assert.equal(world.asked().length, 2 * once);
  });

  it('says nothing about the next phase of a healthy rollout', async () => {
    assert.deepEqual(await violations('canary-50'), []);
    assert.notDeepEqual(world.asked(), [''], 'it looked at the cluster');
  });

  it('shows the table of a refused phase, once', async () => {
    const [message, ...others] = await violations('canary-50', ROOT, (facts) => {
      facts.prometheus = (_, response) => response.writeHead(503).end('no');
    });
    assert.deepEqual(others, []);
    assert.match(message ?? '', /^canary-10 → canary-50 {3}HOLD {3}/);
    assert.match(message ?? '', /^ {2}check +value +recent +limit +kind +n +age +result$/m);
    assert.match(message ?? '', /^ {2}success rate +unreachable +unreachable +> 97 % +hard/m);
    assert.match(message ?? '', /^ {2}dashboard: https:/m);
  });

  it('writes evidence of a refusal, of a preview without an Event; of what it lets pass the program does', async () => {
    rmSync(world.journal, { recursive: true, force: true });
    await violations('canary-50');
    assert.ok(!existsSync(path.join(world.journal, EVIDENCE_FILE)));
    await violations('canary-100');
    const text = readFileSync(path.join(world.journal, EVIDENCE_FILE), 'utf8');
    const { kind, by, mode, stack } = JSON.parse(text) as EvidenceRecord;
    assert.deepEqual([kind, by, mode, stack], ['refusal', 'policy', 'update', 'canary-100']);
    assert.deepEqual(
      world.events().map(({ reason }) => reason),
      ['CanaryRefused'],
    );
    await violations('canary-100', ROOT, undefined, undefined, true);
    assert.deepEqual(world.events(), []);
    const lines = readFileSync(path.join(world.journal, EVIDENCE_FILE), 'utf8').trimEnd().split('\n');
    assert.equal((JSON.parse(lines[1]!) as EvidenceRecord).mode, 'preview');
  });

  it('says nothing about the live phase, a lower one, or off, whatever is broken', async () => {
    const dark = (facts: Facts): void => {
      facts.prometheus = (_, response) => response.writeHead(503).end('no');
      facts.apiServerAhead = 300;
    };
    const broken = (facts: Facts): void => {
      dark(facts);
      facts.config['canary:unknown'] = 'key';
    };
    assert.deepEqual(await violations('canary-10', ROOT, dark), []);
    assert.deepEqual(await violations('canary-1', ROOT, broken), []);
    assert.deepEqual(
      await violations('canary-50', ROOT, (facts) => {
        broken(facts);
        facts.config['canary:enabled'] = 'false';
      }),
      [],
    );
    assert.equal((await violations('canary-50', ROOT, broken)).length, 1, 'the same faults refuse a move up');
  });

  it('lets the base stack pass without looking at anything', async () => {
    assert.deepEqual(
      await violations('base', ROOT, (facts) => {
        facts.named = [namespaceObject('another-uid')];
      }),
      [],
    );
    assert.deepEqual(world.asked(), ['']);
  });

  it('looks at the root alone, of every other resource it says nothing', async () => {
    for (const type of ['kubernetes:apps/v1:DeploymentPatch', 'denis:canary:Exposure', 'pulumi:providers:kubernetes']) {
      assert.deepEqual(await violations('canary-100', type), []);
    }
  });

  it('makes a violation of an error: what cannot be judged does not pass', async () => {
    assert.match((await violations('canary-5')).join('\n'), /^stack canary-5 is no phase of the plan; the stacks are/);
    const wrongCluster = await violations('canary-50', ROOT, (facts) => {
      facts.named = [namespaceObject('another-uid'), denisObject()];
    });
    assert.match(wrongCluster.join('\n'), /^context recorded is another cluster than the settings name/);
    const noSettings = await violations('canary-50', ROOT, (facts) => {
      facts.config['canary:context'] = '';
    });
    assert.match(noSettings.join('\n'), /^canary:context: /);
    const garbage = await violations('canary-50', ROOT, (facts) => {
      facts.named = [{ kind: 'Namespace' }];
    });
    assert.equal(garbage.length, 1);
  });
});
