import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { claimMove } from '../../act/claim';
import type { Kubectl } from '../../observe/kubectl';
import { waitFor } from '../../sandbox/waitFor';
import { api, mergePatch, PATHS, userError, type World } from './support/world';

interface Lease {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: { readonly holderIdentity: string; readonly renewTime: string; readonly leaseDurationSeconds: number };
}

export function claimTests(world: () => World): void {
  describe('claimMove', () => {
    const now = Date.parse('2026-03-04T05:06:07.890Z');
    const claim = (holder: string, percent: number, takeOver = false, at = now, kubectl: Kubectl = world().kubectl) =>
      claimMove(kubectl, { holder, percent, takeOver, now: () => at });
    const lease = async () => (await api<Lease>(world(), 'GET', PATHS.lease)).object;

    beforeEach(() => api(world(), 'DELETE', PATHS.lease));

    it('writes who holds the move, which percentage it asks for, and for how long it holds', async () => {
      const held = await claim('ana 1', 10);
      const { metadata, spec } = await lease();
      assert.equal(metadata.annotations['canary.denis.run/percent'], '10');
      assert.deepEqual(spec, {
        holderIdentity: 'ana 1',
        leaseDurationSeconds: 30,
        renewTime: '2026-03-04T05:06:07.890000Z',
      });
      assert.equal(await held.lostTo(), undefined);
      await held.release();
    });

    it('lets one of several that begin at once win, and tells the others whom to wait for', async () => {
      const names = ['ana 1', 'ben 2', 'eva 3', 'leo 4'];
      const outcomes = await Promise.allSettled(names.map((name) => claim(name, 10)));
      const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
      assert.equal(won.length, 1);
      const { spec } = await lease();
      assert.equal(spec.holderIdentity, won[0]!.holder);
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        assert.equal(
          (outcome.reason as Error).message,
          `another move is under way: ${won[0]!.holder} holds Lease denis-canary-move until 2026-03-04T05:06:37.890Z; wait for it, or go down, which needs no claim`,
        );
      }
      await won[0]!.release();
    });

    it('lets a lowering move take over, of which the raising one then knows the percentage, also once it has ended', async () => {
      const raising = await claim('ana 1', 50);
      const lowering = await claim('ben 2', 1, true);
      assert.deepEqual(await raising.lostTo(), { holder: 'ben 2', percent: 1 });
      await lowering.release();
      assert.deepEqual(await raising.lostTo(), { holder: '', percent: 1 });
    });

    it('leaves the claim of others alone when one that lost it is released', async () => {
      const raising = await claim('ana 1', 50);
      const lowering = await claim('ben 2', 1, true);
      await raising.release();
      assert.equal((await lease()).spec.holderIdentity, 'ben 2');
      assert.equal(await lowering.lostTo(), undefined);
      await lowering.release();
    });

    it('is free again after its release, and 30 s after its holder fell silent, not before', async () => {
      await (await claim('ana 1', 10)).release();
      const silent = await claim('ben 2', 10);
      await userError(claim('eva 3', 10, false, now + 29_900), 'claimed');
      const next = await claim('eva 3', 10, false, now + 30_100);
      assert.deepEqual(await silent.lostTo(), { holder: 'eva 3', percent: 10 });
      await Promise.all([silent.release(), next.release()]);
    });

    it('is renewed every 10 s while it is held, and no longer once it is lost', async () => {
      mock.timers.enable({ apis: ['setInterval'] });
      try {
        let at = now;
        const held = await claimMove(world().kubectl, { holder: 'ana 1', percent: 10, takeOver: false, now: () => at });
        at += 10_000;
        mock.timers.tick(10_000);
        const renewed = async () => (await lease()).spec.renewTime === '2026-03-04T05:06:17.890000Z' || undefined;
        await waitFor(renewed, { what: 'the renewal', deadlineMs: 5_000 });
        const lowering = await claim('ben 2', 1, true, at);
        await held.release();
        assert.equal((await lease()).spec.holderIdentity, 'ben 2');
        await lowering.release();
      } finally {
        mock.timers.reset();
      }
    });

    it('tries again when the Lease changed between reading and writing', async () => {
      const { kubectl } = world();
      await (await claim('ana 1', 10)).release();
      let disturbed = 0;
      const disturbing: Kubectl = async (args, options) => {
        if (args[0] === 'replace' && disturbed++ === 0) {
          await mergePatch(world(), PATHS.lease, 'ana', { metadata: { labels: { a: 'b' } } });
        }
        return kubectl(args, options);
      };
      const held = await claim('ben 2', 10, false, now, disturbing);
      assert.equal(disturbed, 2);
      assert.equal((await lease()).spec.holderIdentity, 'ben 2');
      await held.release();
    });

    it('is released though a renewal comes between reading and writing', async () => {
      const { kubectl } = world();
      let disturbing = false;
      const disturbed: Kubectl = async (args, options) => {
        if (args[0] === 'replace' && disturbing) {
          disturbing = false;
          await mergePatch(world(), PATHS.lease, 'ana', { metadata: { labels: { c: 'd' } } });
        }
        return kubectl(args, options);
      };
      const held = await claim('ana 1', 10, false, now, disturbed);
      disturbing = true;
      await held.release();
      assert.equal(disturbing, false);
      assert.equal((await lease()).spec.holderIdentity ?? '', '');
    });

    it('says which right is missing', async () => {
      const message = await userError(claim('eve 1', 10, false, now, world().kubectlAs('nobody')), 'claim');
      assert.match(message, /^Lease denis-canary-move cannot be read: .*"nobody" cannot get resource "leases"/);
    });
  });
}
