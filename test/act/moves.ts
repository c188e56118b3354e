import assert from 'node:assert/strict';
import { confirmMove } from '../../act/confirm';
import { type BegunMove, beginMove } from '../../act/move';
import type { Kubectl } from '../../observe/kubectl';
import { phaseNamed } from '../../phases/ladder';
import { unixSeconds } from '../../phases/units';
import { rulesFor } from '../../resources/roles';
import type { Judgement } from '../../rollout/assessment';
import { read } from '../../rollout/cluster';
import { readLedger } from '../../rollout/ledger';
import { standingOf, targetOf } from '../../rollout/move';
import { planOf } from '../../rollout/plan';
import {
  api,
  bind,
  declare,
  exposure,
  latch,
  mergePatch,
  PATHS,
  templateOf,
  userError,
  type World,
} from './support/world';

export function moveTests(world: () => World): void {
  const ledger = async () => {
    const { object } = await api<{ data: Record<string, string> }>(world(), 'GET', PATHS.ledger);
    const reading = readLedger({ text: object.data['ledger.json'] ?? '', resourceVersion: '' });
    assert.equal(reading.kind, 'ledger');
    return reading.ledger;
  };
  const holder = async () =>
    (await api<{ spec: { holderIdentity?: string } }>(world(), 'GET', PATHS.lease)).object.spec.holderIdentity ?? '';
  const confirmed = (move: number) => confirmMove(world().kubectl, world().cluster, move, Date.now);

  /** A kill's copy of its latch. */
  const latchLedger = async (): Promise<void> => {
    const latch = { by: 'eva', at: 'now', reason: 'drill' };
    const data = { 'ledger.json': JSON.stringify({ version: 1, permitted: 0, latch }) };
    await mergePatch(world(), PATHS.ledger, 'eva', { data });
  };

  /** Begins the move of a stack in the world as it is, whatever a gate would say. */
  async function begin(
    by: string,
    stack: string,
    { enabled = true, kubectl = world().kubectl }: { enabled?: boolean; kubectl?: Kubectl } = {},
  ): Promise<BegunMove & { readonly move: number; readonly warnings: readonly string[] }> {
    const { cluster } = world();
    const state = await world().state();
    const killed = new Map(state.denis?.pods.map(({ name }) => [name, read(false)]));
    const target = targetOf(phaseNamed(stack)!, enabled);
    const standing = standingOf(target, state, { flag: read(true), killed }, readLedger(state.ledger));
    const plan = planOf(standing);
    const judgement: Judgement = {
      at: unixSeconds(Date.now() / 1000),
      standing,
      decision: undefined,
      permit: { allowed: true, direction: standing.direction, reasons: [], todo: [] },
      warnings: [],
      sides: [],
      baseline: undefined,
      grafana: undefined,
      beside: {
        preflight: [],
        settings: read(true),
        clocks: new Map(),
        inHours: true,
        watching: { kind: 'alive', holder: 'watcher-1' },
      },
    };
    const warnings: string[] = [];
    const author = { by, at: new Date().toISOString(), id: '1' };
    const warn = (sentence: string): void => void warnings.push(sentence);
    const begun = await beginMove({ kubectl, cluster, judgement, plan, author, warn });
    return { ...begun, move: plan.move, warnings };
  }

  describe('beginMove', () => {
    beforeEach(async () => {
      const { cluster, kubectl } = world();
      await declare(world(), 1, true, 40);
      await confirmMove(kubectl, cluster, 40, Date.now);
      const data = { 'ledger.json': JSON.stringify({ version: 1, permitted: 1 }) };
      await mergePatch(world(), PATHS.ledger, 'ana', { data });
    });

    it('claims and records a raising move before its exposure is written, and ends its claim once it is confirmed', async () => {
      const raising = await begin('ana', 'canary-10');
      assert.equal(await holder(), 'ana 1');
      const { permitted, lastMove } = await ledger();
      assert.equal(permitted, 10);
      assert.deepEqual([lastMove?.number, lastMove?.stack, lastMove?.by], [41, 'canary-10', 'ana']);
      assert.equal((await templateOf(world())).pct, '1');
      await raising.checkClaim();
      await declare(world(), 10, true, raising.move);
      await raising.finish();
      const { denis } = await world().state();
      assert.ok(denis?.pods.filter(({ ready }) => ready).every(({ move, serves }) => move === 41 && serves.pct === 10));
      assert.equal(await holder(), '');
    });

    it('stops a raising move whose claim a lowering one took, before anything is raised', async () => {
      const raising = await begin('ana', 'canary-10');
      const lowering = await begin('ben', 'canary-1', { enabled: false });
      assert.equal(
        await userError(raising.checkClaim(), 'claim-lost'),
        'ben 1 took the move over and asks for 0 %; nothing was raised',
      );
      await lowering.finish();
      assert.match(
        await userError(raising.checkClaim(), 'claim-lost'),
        /^another move took the move over and asks for 0 %/,
      );
      assert.equal((await ledger()).permitted, 0);
    });

    it('takes a raise back that was written after a lowering move', async () => {
      const raising = await begin('ana', 'canary-10');
      await raising.checkClaim();
      const lowering = await begin('ben', 'canary-1', { enabled: false });
      await declare(world(), 1, false, lowering.move);
      await lowering.finish();
      await declare(world(), 10, true, raising.move);
      assert.match(await userError(raising.finish(), 'claim-lost'), /asked for 0 % meanwhile; 0 % was restored$/);
      const { pct, enabled } = await templateOf(world());
      assert.deepEqual([pct, enabled], ['0', 'false']);
    });

    it('says that a lowering move took it over while it waited for its pods', async () => {
      const nodes = ['node-1', 'node-2', 'node-3'];
      const raising = await begin('ana', 'canary-10');
      await world().person('cordon', ...nodes);
      try {
        await declare(world(), 10, true, raising.move);
        const finished = raising.finish().catch((thrown: unknown) => thrown);
        const lowering = await begin('ben', 'canary-1', { enabled: false });
        await declare(world(), 1, false, lowering.move);
        assert.match(String(await finished), /asked for 0 % meanwhile; 0 % was restored$/);
        await lowering.finish();
        assert.deepEqual(await templateOf(world()), { pct: '1', enabled: 'false', move: String(lowering.move) });
      } finally {
        await world().person('uncordon', ...nodes);
      }
    });

    for (const [title, kill] of [
      ['the latch on the Deployment', () => latch(world(), 'eva')],
      ['the latch in the ledger', () => latchLedger()],
    ] as const) {
      it(`raises nothing, and ends its claim, when a kill has written nothing but ${title}`, async () => {
        const raising = await begin('ana', 'canary-10');
        await kill();
        assert.match(
          await userError(raising.checkClaim(), 'latched'),
          /^a kill came in between, nothing was raised: .*; when its cause is known, npm run resume leads back/,
        );
        assert.equal(await holder(), '');
        await latch(world(), null);
      });

      it(`turns off again what it wrote when a kill has written nothing but ${title}`, async () => {
        const raising = await begin('ana', 'canary-10');
        await raising.checkClaim();
        await kill();
        await declare(world(), 10, true, raising.move);
        assert.match(
          await userError(raising.finish(), 'latched'),
          /^a kill came in between and stands, the feature is off: /,
        );
        const off = { pct: '10', enabled: 'false', move: String(raising.move + 1) };
        assert.deepEqual(await templateOf(world()), off);
        await confirmed(raising.move + 1);
        assert.equal(await holder(), '');
        await latch(world(), null);
      });
    }

    it('asks again where the API server does not say whether a kill has latched', async () => {
      let silent = 2;
      const kubectl: Kubectl = async (args, options) => {
        const looks = args[1] === 'deployment/denis' && args[2] === 'configmap/denis-canary';
        if (looks && silent-- > 0) return { code: 1, stdout: '', stderr: 'the connection was lost' };
        return world().kubectl(args, options);
      };
      const raising = await begin('ana', 'canary-10', { kubectl });
      await latch(world(), 'eva');
      await declare(world(), 10, true, raising.move);
      await userError(raising.finish(), 'latched');
      assert.equal((await templateOf(world())).enabled, 'false');
      await latch(world(), null);
    });

    it('leaves the write of a kill that turned the feature off itself', async () => {
      const raising = await begin('ana', 'canary-10');
      await declare(world(), 10, true, raising.move);
      await latch(world(), 'eva');
      await mergePatch(world(), PATHS.deployment('denis'), 'denis-kill', { spec: exposure(10, false, 70) });
      await userError(raising.finish(), 'latched');
      assert.deepEqual(await templateOf(world()), { pct: '10', enabled: 'false', move: '70' });
      await latch(world(), null);
    });

    it('writes no ledger over one that a kill has latched meanwhile', async () => {
      let latched = false;
      const disturbing: Kubectl = async (args, options) => {
        if (!latched && options?.input?.includes('ledger.json')) {
          latched = true;
          await latchLedger();
        }
        return world().kubectl(args, options);
      };
      await userError(begin('ana', 'canary-10', { kubectl: disturbing }), 'ledger-conflict');
      assert.deepEqual((await ledger()).latch, { by: 'eva', at: 'now', reason: 'drill' });
      assert.equal(await holder(), '');
    });

    it('lets a move that changes nothing stop a raising one', async () => {
      const raising = await begin('ana', 'canary-10');
      const staying = await begin('ben', 'canary-1');
      assert.match(await userError(raising.checkClaim(), 'claim-lost'), /^ben 1 took the move over and asks for 1 %/);
      await staying.finish();
      assert.equal(await holder(), '');
    });

    it('refuses a second raising move, and leaves the ledger to the first', async () => {
      const first = await begin('ana', 'canary-10');
      await userError(begin('ben', 'canary-10'), 'claimed');
      assert.equal((await ledger()).lastMove?.by, 'ana');
      await (await begin('ben', 'canary-1', { enabled: false })).finish();
      await userError(first.checkClaim(), 'claim-lost');
    });

    it('lets a lowering move go on without claim and ledger, and says so', async () => {
      const before = await ledger();
      const lowering = await begin('eve', 'canary-1', { enabled: false, kubectl: world().kubectlAs('nobody') });
      assert.equal(lowering.warnings.length, 2);
      assert.match(lowering.warnings[0]!, /^claim: Lease .*"nobody" cannot get .*; the move goes on without$/);
      assert.match(lowering.warnings[1]!, /^ledger: .*"nobody" cannot .*; the move goes on without$/);
      await lowering.checkClaim();
      await lowering.finish();
      assert.deepEqual(await ledger(), before);
    });

    it('refuses a raising move of a user without the rights, before anything is written', async () => {
      const before = await ledger();
      const call = begin('eve', 'canary-10', { kubectl: world().kubectlAs('denis-up') });
      const message = await userError(call, 'rbac');
      assert.match(message, /patch deployments\/denis, .*; bind the Role denis-canary-up to it\. Nothing was written$/);
      assert.deepEqual(await ledger(), before);
    });

    it('needs no more than the Roles denis-canary-up and denis-canary-identity', async () => {
      const { person } = world();
      await bind(world(), 'denis-up', 'denis-canary-up', rulesFor(world().cluster)['denis-canary-up']);
      await api(world(), 'DELETE', PATHS.lease);

      const raising = await begin('ana', 'canary-10', { kubectl: world().kubectlAs('denis-up') });
      await raising.checkClaim();
      await declare(world(), 10, true, raising.move);
      await raising.finish();
      assert.equal(await holder(), '');
      assert.equal((await ledger()).lastMove?.by, 'ana');

      await person('set', 'env', 'deployment/denis', 'DENIS_MATERIALIZERS_PCT=10');
      const lowering = await begin('ben', 'canary-1', { kubectl: world().kubectlAs('denis-up') });
      await declare(world(), 1, true, lowering.move);
      await lowering.finish();
      assert.deepEqual(lowering.warnings, []);
      assert.equal((await world().state()).denis?.wiring.pct.kind, 'wired');
    });
  });

  describe('confirmMove', () => {
    it('says after two minutes how far the move came, and that going down is possible', async () => {
      const { kubectl, cluster } = world();
      await declare(world(), 1, true, 50);
      let now = 0;
      const clock = (): number => {
        now += 120_001;
        return now;
      };
      const message = await userError(confirmMove(kubectl, cluster, 50, clock), 'unconfirmed');
      assert.match(
        message,
        /^move 50 was written, but after 120 s \d of 3 pods run it, \d run an older one; look at: /,
      );
      assert.match(message, /kubectl -n denis rollout status deployment\/denis\. Going down is possible at any time$/);
    });

    it('says at once that somebody wrote after the move', async () => {
      const { kubectl, cluster } = world();
      const message = await userError(confirmMove(kubectl, cluster, 49, Date.now), 'overtaken');
      assert.match(message, /^move 49 was written, but somebody wrote after it: the Deployment carries move 50 now/);
    });

    it('waits until no Ready pod runs an older move', async () => {
      await declare(world(), 1, true, 51);
      await confirmed(51);
      const { denis } = await world().state();
      const ready = denis?.pods.filter((pod) => pod.ready) ?? [];
      assert.equal(ready.length, 3);
      assert.ok(ready.every(({ move }) => move === 51));
    });
  });
}
