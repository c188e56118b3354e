import assert from 'node:assert/strict';
import { planResume, resume } from '../../act/resume';
import { containerNamed, wiringOf } from '../../observe/environment';
import { readKillStates } from '../../observe/killState';
import type { Kubectl } from '../../observe/kubectl';
import { podAccessFor } from '../../observe/podAccess';
import { withRedis } from '../../observe/redisClient';
import { FLAG_KEY } from '../../observe/redisFlag';
import { rulesFor } from '../../resources/roles';
import { type Latch, latchText } from '../../rollout/latch';
import { type Ledger, ledgerData, readLedger } from '../../rollout/ledger';
import { waitFor } from '../../sandbox/waitFor';
import {
  api,
  bind,
  declare,
  exposure,
  mergePatch,
  PATHS,
  serverSideApply,
  templateOf,
  userError,
  type World,
} from './support/world';

const WIRED = { pct: { kind: 'wired' }, enabled: { kind: 'wired' } };
const EVA: Latch = { by: 'eva@host', at: '2026-11-26T03:12:00.000Z', reason: 'the queue runs full', workers: 3 };
const LEO: Latch = { by: 'leo@host', at: '2026-11-26T03:20:00.000Z', reason: 'it burns again' };
const AUTHOR = { by: 'ana@host', at: '2026-11-27T09:00:00.000Z', id: '1' };
const DRILL = { at: '2026-11-20T09:00:00.000Z', by: 'ben' };
const RUNNING: Ledger = {
  version: 1,
  permitted: 10,
  rollout: { id: 'r', startedAt: EVA.at, workers: 2 },
  baseline: { chatP99: 0.3, measuredAt: EVA.at, covered: 1, samples: 1 },
  source: 'endpoint on ci',
  drill: DRILL,
  lastMove: { number: 60, stack: 'canary-10', percent: 10, enabled: true, direction: 'up', at: EVA.at, by: 'ben' },
};

export function resumeTests(world: () => World): void {
  const flag = (value?: string) =>
    withRedis(world().sandbox.info.redis, 5_000, async (client) => {
      if (value !== undefined) await client.set(FLAG_KEY, value);
      return client.get(FLAG_KEY);
    });
  const access = () => podAccessFor(world().cluster, process.env);
  const latchNote = async () => (await world().deployment('denis')).metadata.annotations?.['canary.denis.run/latch'];
  const managers = async (name: string) =>
    ((await world().deployment(name)).metadata.managedFields ?? []).map(({ manager }) => manager);
  const wiring = async () => wiringOf(containerNamed((await world().deployment('denis')).spec.template.spec, 'denis'));
  const writeLedger = (ledger: Ledger) => mergePatch(world(), PATHS.ledger, 'ana', { data: ledgerData(ledger) });
  async function ledger(): Promise<Ledger> {
    const { object } = await api<{ data: Record<string, string> }>(world(), 'GET', PATHS.ledger);
    const reading = readLedger({ text: object.data['ledger.json'] ?? '', resourceVersion: '' });
    assert.equal(reading.kind, 'ledger');
    return reading.ledger;
  }

  /** As the kill writes it: latch, off and a new move in one patch; then the copy in the ledger. */
  async function kill(latch: Latch, move: number): Promise<void> {
    const metadata = { annotations: { 'canary.denis.run/latch': latchText(latch) } };
    const spec = exposure(10, false, move);
    await mergePatch(world(), PATHS.deployment('denis'), 'denis-kill', { metadata, spec });
    await writeLedger({ ...(await ledger()), permitted: 0, latch });
  }
  const stopWorkers = () =>
    mergePatch(world(), PATHS.deployment('denis-workers'), 'denis-kill', { spec: { replicas: 0 } });
  const tellAPod = async (): Promise<void> => {
    const pod = (await world().state()).denis!.pods.find(({ ready }) => ready)!;
    await access()(pod, async (origin) => {
      const path = '/internal/kill-switch/materializers';
      assert.equal((await fetch(`${origin}${path}`, { method: 'POST' })).status, 200);
    });
  };

  /** Runs the whole command's work. @returns what it said it did */
  async function run({ kubectl = world().kubectl, redis = world().sandbox.info.redis } = {}): Promise<string[]> {
    const said: string[] = [];
    const context = { kubectl, cluster: world().cluster, access: access(), redis, author: AUTHOR };
    const found = await planResume(context);
    assert.equal(found.kind, 'resume', found.kind === 'refused' ? found.reason : '');
    await resume({ ...context, onStep: (sentence) => said.push(sentence) }, found);
    return said;
  }

  /** A kubectl before whose first matching command somebody else does something. */
  function disturbed(matches: (args: readonly string[]) => boolean, act: () => Promise<unknown>): Kubectl {
    let before = true;
    return async (args, options) => {
      if (before && matches(args)) {
        before = false;
        await act();
      }
      return world().kubectl(args, options);
    };
  }

  /** Off at 0 %, nothing latched, the ledger of a rollout that was ended, no owner that keeps a stack from raising. */
  async function assertResumed(): Promise<void> {
    const { pct, enabled, move } = await templateOf(world());
    assert.deepEqual([pct, enabled], ['0', 'false']);
    assert.deepEqual(await wiring(), WIRED);
    assert.equal(await latchNote(), undefined);
    assert.notEqual(await flag(), '0');
    const { by, at } = AUTHOR;
    const lastMove = {
      number: Number(move),
      stack: 'canary-10',
      percent: 0,
      enabled: false,
      direction: 'down',
      by,
      at,
    };
    assert.deepEqual(await ledger(), { version: 1, permitted: 0, lastMove, drill: DRILL });
    const { denis } = await world().state();
    const killed = await readKillStates(denis!.pods, access(), undefined);
    for (const { name, ready, serves } of denis!.pods) {
      if (!ready) continue;
      assert.deepEqual(serves, { pct: 0, enabled: false }, name);
      assert.deepEqual(killed.get(name), { kind: 'read', value: false }, name);
    }
    for (const name of ['denis', 'denis-workers']) {
      const owners = await managers(name);
      assert.ok(!owners.includes('denis-kill') && !owners.includes('denis-resume'), `${name}: ${owners.join(', ')}`);
    }
  }

  describe('resume', () => {
    beforeEach(async () => {
      await flag('1');
      await mergePatch(world(), PATHS.deployment('denis'), 'ana', {
        metadata: { annotations: { 'canary.denis.run/latch': null } },
      });
      await serverSideApply(world(), 'denis-workers', 'denis-rollout', { replicas: 3 }, { force: true });
      await declare(world(), 10, true, 60);
      await api(world(), 'DELETE', PATHS.ledger);
      await world().person('create', 'configmap', 'denis-canary', '--from-literal=a=b');
      await writeLedger(RUNNING);
    });
    after(async () => {
      await flag('1');
      await declare(world(), 0, false, 90);
    });

    it('clears everything that a kill has done, and leaves the feature off; then a stack may raise again', async () => {
      await kill(EVA, 61);
      await stopWorkers();
      await flag('0');
      await world().person('set', 'env', 'deployment/denis', 'DENIS_MATERIALIZERS_ENABLED=false');
      await world().person('rollout', 'status', 'deployment/denis', '--timeout=20s');
      await tellAPod();
      assert.equal(await serverSideApply(world(), 'denis', 'denis-rollout', exposure(10, true, 62)), 409);
      assert.equal(await serverSideApply(world(), 'denis-workers', 'denis-rollout', { replicas: 6 }), 409);
      assert.deepEqual(await run(), [
        'the ledger says latched by eva@host at 2026-11-26T03:12:00.000Z: the queue runs full',
        'every Ready pod runs move 62: 0 %, off',
        'the variables read the annotations again',
        'the Redis flag is deleted',
        'no pod is told to stop',
        'there are 3 workers',
        'the Deployment carries no latch, its fields belong to the rollout again',
        'the ledger begins anew: 0 % permitted, no rollout, no baseline, no latch',
      ]);
      await assertResumed();
      assert.equal((await world().deployment('denis-workers')).spec.replicas, 3);
      assert.equal(await serverSideApply(world(), 'denis', 'denis-rollout', exposure(1, true, 70)), 200);
      assert.equal(await serverSideApply(world(), 'denis-workers', 'denis-rollout', { replicas: 4 }), 200);
    });

    const byHand: [string, () => Promise<unknown>][] = [
      ['the flag', () => flag('0')],
      ['one pod told to stop', tellAPod],
      [
        'ENABLED set to false',
        () => world().person('set', 'env', 'deployment/denis', 'DENIS_MATERIALIZERS_ENABLED=false'),
      ],
      ['the workers scaled to 0', () => world().person('scale', 'deployment/denis-workers', '--replicas=0')],
    ];
    for (const [title, stop] of byHand) {
      it(`clears a kill by hand: ${title}`, async () => {
        await world().person('rollout', 'status', 'deployment/denis', '--timeout=20s');
        await stop();
        const said = await run();
        await assertResumed();
        const { replicas } = (await world().deployment('denis-workers')).spec;
        assert.equal(replicas, title.startsWith('the workers') ? 0 : 3);
        if (replicas === 0)
          assert.match(said.join('\n'), /the workers stay at 0, .* kubectl scale deployment\/denis-w/);
      });
    }

    const moments: [string, (args: readonly string[]) => boolean][] = [
      ['before 0 % is written', (args) => args.includes('--type=strategic') && args.includes('deployment/denis')],
      [
        'while the workers start',
        (args) => args.includes('--type=strategic') && args[1] === 'deployment/denis-workers',
      ],
      [
        'before the latch leaves the Deployment',
        (args) => args.includes('--type=json') && args[1] === 'deployment/denis',
      ],
    ];
    for (const [title, moment] of moments) {
      it(`gives way to a new kill ${title}`, async () => {
        await kill(EVA, 61);
        await stopWorkers();
        const message = await userError(run({ kubectl: disturbed(moment, () => kill(LEO, 80)) }), 'resume');
        assert.match(message, /^a new kill came meanwhile, and it stands: latched by leo@host .*: it burns again$/m);
        assert.match(message, /^not done: .*the latch in the ledger, and the end of the rollout$/m);
        assert.equal(await latchNote(), latchText(LEO));
        assert.deepEqual((await ledger()).latch, LEO);
        assert.deepEqual(await templateOf(world()), { pct: '10', enabled: 'false', move: '80' });
        assert.ok((await managers('denis')).includes('denis-kill'), 'its fields stay its own');
      });
    }

    it('gives way to a new kill before the ledger begins anew', async () => {
      await kill(EVA, 61);
      let replaced = 0;
      const last = (args: readonly string[]): boolean =>
        args[0] === 'replace' && args.some((arg) => arg === '--field-manager=denis-resume') && replaced++ === 1;
      const message = await userError(run({ kubectl: disturbed(last, () => kill(LEO, 80)) }), 'resume');
      assert.match(message, /^a new kill came meanwhile/);
      assert.equal(await latchNote(), latchText(LEO));
      assert.deepEqual((await ledger()).latch, LEO);
    });

    it('keeps the latch while Redis is down, and a second run completes', async () => {
      await kill(EVA, 61);
      await flag('0');
      const message = await userError(run({ redis: 'redis://127.0.0.1:1' }), 'resume');
      assert.match(message, /^Redis: .*\ndone: .*the variables read the annotations\nnot done: the Redis flag; /);
      assert.equal(await latchNote(), latchText(EVA));
      assert.deepEqual((await ledger()).latch, EVA);
      assert.equal((await ledger()).permitted, 0);
      await run();
      await assertResumed();
    });

    it('completes a run that ended before the ledger', async () => {
      await kill(EVA, 61);
      const gone = disturbed(
        (args) => args.includes('--type=json') && args[1] === 'deployment/denis',
        async () => {},
      );
      let cut = false;
      const failing: Kubectl = async (args, options) => {
        if (cut && args[0] === 'replace' && args.includes('--field-manager=denis-resume')) {
          return { code: 1, stdout: '', stderr: 'error: the connection was lost' };
        }
        cut ||= args.includes('--type=json') && args[1] === 'deployment/denis';
        return gone(args, options);
      };
      assert.match(await userError(run({ kubectl: failing }), 'resume'), /the connection was lost/);
      assert.equal(await latchNote(), undefined);
      assert.deepEqual((await ledger()).latch, EVA, 'either one latches');
      await run();
      await assertResumed();
    });

    for (const [title, spoil] of [
      ['missing', () => api(world(), 'DELETE', PATHS.ledger)],
      ['broken', () => mergePatch(world(), PATHS.ledger, 'ana', { data: { 'ledger.json': '{' } })],
    ] as const) {
      it(`writes a new ledger where it is ${title}`, async () => {
        await kill(EVA, 61);
        await spoil();
        await run();
        const { permitted, latch, lastMove } = await ledger();
        assert.deepEqual([permitted, latch, lastMove?.percent, lastMove?.stack], [0, undefined, 0, 'canary-1']);
        assert.equal(await latchNote(), undefined);
      });
    }

    it('waits for nobody: it is refused while a move holds the claim', async () => {
      await kill(EVA, 61);
      const renewTime = new Date().toISOString().replace('Z', '000Z');
      const spec = { holderIdentity: 'ben 1', renewTime, leaseDurationSeconds: 30 };
      await mergePatch(world(), PATHS.lease, 'ana', { spec });
      await userError(run(), 'claimed');
      await mergePatch(world(), PATHS.lease, 'ana', { spec: { ...spec, holderIdentity: '' } });
      assert.deepEqual(await templateOf(world()), { pct: '10', enabled: 'false', move: '61' });
    });

    it('lets KEDA scale the workers again, and leaves what it was not the kill that paused', async () => {
      const applied = async (object: object) =>
        (
          await world().sandbox.kubectl(['-n', 'denis', 'apply', '--validate=false', '-f', '-'], {
            input: JSON.stringify(object),
          })
        ).code === 0 || undefined;
      await applied(SCALED_OBJECTS);
      const what = 'the API server to know ScaledObjects';
      await waitFor(() => applied(scaledObject('ours', 'denis-workers', '0')), { what, deadlineMs: 20_000 });
      await applied(scaledObject('theirs', 'denis-workers', '2'));
      await applied(scaledObject('others', 'reports', '0'));
      try {
        await kill(EVA, 61);
        const said = await run();
        assert.ok(said.includes('there are 3 workers, and KEDA scales them again (ours)'), said.join('\n'));
        const paused = await world().person(
          'get',
          'scaledobjects.keda.sh',
          '-o',
          `jsonpath={range .items[*]}{.metadata.name}{" "}{.metadata.annotations.autoscaling\\.keda\\.sh/paused-replicas}{"\\n"}{end}`,
        );
        assert.deepEqual(paused.trim().split('\n').sort(), ['others 0', 'ours ', 'theirs 2']);
      } finally {
        await world().person('delete', 'crd', 'scaledobjects.keda.sh');
      }
    });

    it('needs no more than the Roles denis-canary-resume and denis-canary-identity', async () => {
      await bind(world(), 'denis-resume', 'denis-canary-resume', rulesFor(world().cluster)['denis-canary-resume']);
      await kill(EVA, 61);
      await stopWorkers();
      await run({ kubectl: world().kubectlAs('denis-resume') });
      await assertResumed();
    });
  });
}

/** As much of KEDA's own definition as is looked at. */
const SCALED_OBJECTS = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'scaledobjects.keda.sh' },
  spec: {
    group: 'keda.sh',
    names: { kind: 'ScaledObject', plural: 'scaledobjects' },
    scope: 'Namespaced',
    versions: [
      {
        name: 'v1alpha1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const scaledObject = (name: string, target: string, paused: string) => ({
  apiVersion: 'keda.sh/v1alpha1',
  kind: 'ScaledObject',
  metadata: { name, annotations: { 'autoscaling.keda.sh/paused-replicas': paused } },
  spec: { scaleTargetRef: { name: target } },
});
