import assert from 'node:assert/strict';
import { Heartbeat } from '../../act/watch/heartbeat';
import { api, mergePatch, userError, type World } from './support/world';

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/denis/leases/denis-canary-watcher';

interface Lease {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: {
    readonly holderIdentity: string;
    readonly renewTime: string;
    readonly acquireTime: string;
    readonly leaseDurationSeconds: number;
    readonly leaseTransitions: number;
  };
}

export function heartbeatTests(world: () => World): void {
  describe('Heartbeat', () => {
    const begin = Date.parse('2026-03-04T05:06:07.890Z');
    let now: number;
    const of = (holder: string, kubectl = world().kubectl) => new Heartbeat(kubectl, holder, () => now);
    const lease = async () => (await api<Lease>(world(), 'GET', LEASE)).object;
    /** One tick of its Lease. */
    const beats = async (heartbeat: Heartbeat, status: string) => heartbeat.beat(await heartbeat.look(), status);

    beforeEach(async () => {
      now = begin;
      await api(world(), 'DELETE', LEASE);
    });
    after(() => api(world(), 'DELETE', LEASE));

    it('takes a Lease that nobody has, and renews it with what the watcher knows', async () => {
      const ana = of('ana');
      assert.deepEqual(await ana.look(), { holder: '', ours: false, free: true, status: undefined, lease: undefined });
      assert.equal(await beats(ana, 'one'), true);
      now += 10_000;
      assert.equal(await beats(ana, 'two'), true);
      const { metadata, spec } = await lease();
      assert.equal(metadata.annotations['canary.denis.run/status'], 'two');
      assert.deepEqual(spec, {
        holderIdentity: 'ana',
        leaseDurationSeconds: 30,
        acquireTime: '2026-03-04T05:06:07.890000Z',
        renewTime: '2026-03-04T05:06:17.890000Z',
        leaseTransitions: 0,
      });
    });

    it('is free for another only after 30 s of silence, who then finds what the first one knew', async () => {
      await beats(of('ana'), 'known');
      const ben = of('ben');
      now += 30_000;
      const early = await ben.look();
      assert.deepEqual([early.holder, early.ours, early.free], ['ana', false, false]);
      now += 1;
      const late = await ben.look();
      assert.deepEqual([late.free, late.status], [true, 'known']);
      assert.equal(await ben.beat(late, late.status!), true);
      const { spec } = await lease();
      assert.deepEqual([spec.holderIdentity, spec.leaseTransitions], ['ben', 1]);
      assert.equal((await of('ana').look()).ours, false);
    });

    it('is taken by one of two that come at once', async () => {
      const both = [of('ana'), of('ben')];
      const found = await Promise.all(both.map((one) => one.look()));
      const won = await Promise.all(both.map((one, index) => one.beat(found[index]!, '')));
      assert.equal(won.filter(Boolean).length, 1);
      now += 40_000;
      const again = await Promise.all(both.map((one) => one.look()));
      const taken = await Promise.all(both.map((one, index) => one.beat(again[index]!, '')));
      assert.equal(taken.filter(Boolean).length, 1);
      assert.equal((await lease()).spec.holderIdentity, both[taken.indexOf(true)]!.holder);
    });

    it('is given back with what it carries, so that the next one need not wait; not when it is another’s', async () => {
      await beats(of('ana'), 'left');
      await of('ben').release();
      assert.equal((await lease()).spec.holderIdentity, 'ana');
      await of('ana').release();
      const found = await of('ben').look();
      assert.deepEqual([found.holder, found.free, found.status], ['', true, 'left']);
    });

    it('takes one whose time is no time', async () => {
      await beats(of('ana'), '');
      await mergePatch(world(), LEASE, 'eve', { spec: { renewTime: null } });
      assert.equal((await of('ben').look()).free, true);
    });

    it('says which right is missing', async () => {
      const message = await userError(of('eve', world().kubectlAs('nobody')).look(), 'heartbeat');
      assert.match(message, /^Lease denis-canary-watcher cannot be read: .*"nobody" cannot get resource "leases"/);
    });
  });
}
