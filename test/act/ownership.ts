import assert from 'node:assert/strict';
import { disown, handBack } from '../../act/wiring';
import type { Kubectl } from '../../observe/kubectl';
import { exposure, mergePatch, PATHS, serverSideApply, templateOf, userError, type World } from './support/world';

/** Begins and ends at 0 %, off. */
export function ownershipTests(world: () => World): void {
  /** Writes with the manager of the kill. */
  const kill = (deployment: string, spec: object) =>
    mergePatch(world(), PATHS.deployment(deployment), 'denis-kill', { spec });
  const rollout = (deployment: string, spec: object) => serverSideApply(world(), deployment, 'denis-rollout', spec);
  const ofKill = ({ manager }: { manager: string }): boolean => manager === 'denis-kill';

  describe('handBack', () => {
    before(async () => {
      assert.equal(await rollout('denis', exposure(1, true, 10)), 200);
      await kill('denis', exposure(1, false, 11));
      assert.equal(await rollout('denis', exposure(1, true, 12)), 409, 'the kill is a fence before');
    });

    it('takes away one manager, leaves the values, and lets a stack write again, also when others write meanwhile', async () => {
      const { kubectl } = world();
      let disturbed = 0;
      const disturbing: Kubectl = async (args, options) => {
        if (args.includes('--type=json') && disturbed++ === 0) {
          await mergePatch(world(), PATHS.deployment('denis'), 'ana', { metadata: { labels: { x: 'y' } } });
        }
        return kubectl(args, options);
      };
      await handBack(disturbing, 'denis', ofKill);
      assert.ok(disturbed >= 2, 'the first write met a newer object');
      assert.deepEqual(await templateOf(world()), { pct: '1', enabled: 'false', move: '11' });
      const { managedFields } = (await world().deployment('denis')).metadata;
      assert.ok(!managedFields.some(ofKill));
      assert.ok(managedFields.some(({ manager }) => manager === 'kubectl-client-side-apply'));
      assert.equal(await rollout('denis', exposure(0, false, 12)), 200);
    });

    it('says why the API server refuses', async () => {
      const { kubectl, kubectlAs } = world();
      await kill('denis', exposure(0, false, 13));
      const mayOnlyRead: Kubectl = (args, options) =>
        (args[0] === 'get' ? kubectl : kubectlAs('nobody'))(args, options);
      const message = await userError(handBack(mayOnlyRead, 'denis', ofKill), 'patch');
      assert.match(message, /^the owners of fields of Deployment denis cannot be changed: .*"nobody" cannot/);
      await handBack(kubectl, 'denis', ofKill);
    });
  });

  describe('disown', () => {
    const replicas = ['spec', 'replicas'] as const;

    it('frees a field from whoever scaled or applied it, and keeps its value', async () => {
      const { kubectl, person, deployment } = world();
      await person('scale', 'deployment/denis-workers', '--replicas=4');
      await person('patch', 'deployment/denis-workers', '--patch', '{"spec":{"replicas":5}}', '--field-manager=ana');
      assert.equal(await rollout('denis-workers', { replicas: 3 }), 409, 'somebody owns it before');
      await disown(kubectl, 'denis-workers', replicas);
      assert.equal((await deployment('denis-workers')).spec.replicas, 5);
      assert.equal(await rollout('denis-workers', { replicas: 3 }), 200);
    });

    it('leaves it to the kill', async () => {
      const { kubectl, person, deployment } = world();
      await kill('denis-workers', { replicas: 0 });
      await disown(kubectl, 'denis-workers', replicas);
      assert.equal(await rollout('denis-workers', { replicas: 3 }), 409);
      await handBack(kubectl, 'denis-workers', ofKill);
      await person('scale', 'deployment/denis-workers', '--replicas=3');
      await disown(kubectl, 'denis-workers', replicas);
      assert.equal((await deployment('denis-workers')).spec.replicas, 3);
    });
  });
}
