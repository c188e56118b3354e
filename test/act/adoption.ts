import assert from 'node:assert/strict';
import { adopt, planAdoption, planUndo } from '../../act/adopt';
import { confirmMove } from '../../act/confirm';
import { patchDenis, wiringPatch } from '../../act/wiring';
import type { Workload } from '../../observe/kubeObjects';
import { exposure, latch, serverSideApply, templateOf, userError, type World } from './support/world';

const PCT = 'DENIS_MATERIALIZERS_PCT';
const ENABLED = 'DENIS_MATERIALIZERS_ENABLED';
const envOf = ({ spec }: Workload) => spec.template.spec.containers[0]!.env ?? [];
const wired = (name: string, annotation: string) => ({
  name,
  valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.annotations['canary.denis.run/${annotation}']` } },
});

/** The manifest last applied, as the team's repository has it. */
async function lastApplied({ person }: World, deployment: string) {
  return JSON.parse(await person('apply', 'view-last-applied', `deployment/${deployment}`, '-o', 'json'));
}

/** Applies the manifest as the team would, without the variables where `without` names them. */
export async function applyManifest(world: World, without: readonly string[]): Promise<void> {
  const manifest = await lastApplied(world, 'denis');
  const [container] = manifest.spec.template.spec.containers;
  container.env = container.env.filter(({ name }: { name: string }) => !without.includes(name));
  const result = await world.sandbox.kubectl(['apply', '--validate=false', '-f', '-'], {
    input: JSON.stringify(manifest),
  });
  assert.equal(result.code, 0, result.stderr);
}

export function adoptionTests(world: () => World): void {
  describe('planAdoption and adopt', () => {
    it('refuse while the manifest gives the variables values, name them, and write nothing', async () => {
      const { kubectl, cluster, deployment } = world();
      const before = await deployment('denis');
      const message = await userError(planAdoption(kubectl, cluster), 'adopt');
      assert.match(message, /^the manifest last applied to Deployment denis gives DENIS_MATERIALIZERS_PCT and DENIS_/);
      assert.match(message, /^ {2}- - name: DENIS_MATERIALIZERS_PCT$/m);
      assert.match(message, /^ {2}- - name: DENIS_MATERIALIZERS_ENABLED$/m);
      assert.equal((await deployment('denis')).metadata.resourceVersion, before.metadata.resourceVersion);
    });

    it('refuse a container that the Deployment does not have, and name those that it has', async () => {
      const { kubectl, cluster } = world();
      const message = await userError(planAdoption(kubectl, { ...cluster, container: 'web' }), 'adopt');
      assert.equal(message, 'Deployment denis has no container web; it has denis: set canary:container');
    });

    it('refuse a Deployment that does not exist', async () => {
      const { kubectl, cluster } = world();
      for (const key of ['deployment', 'workers'] as const) {
        const message = await userError(planAdoption(kubectl, { ...cluster, [key]: 'nothing' }), 'adopt');
        assert.equal(
          message,
          'namespace denis has no Deployment nothing; check canary:namespace and the names in the settings',
        );
      }
    });

    it('refuse a feature that is on already', async () => {
      const { kubectl, cluster, person } = world();
      await applyManifest(world(), [PCT, ENABLED]);
      await person('set', 'env', 'deployment/denis', `${PCT}=10`, `${ENABLED}=true`);
      try {
        assert.equal(
          await userError(planAdoption(kubectl, cluster), 'adopt'),
          'Deployment denis is not adopted: 10 % is served already, and adoption begins at 0: turn the feature off first',
        );
      } finally {
        await person('set', 'env', 'deployment/denis', `${PCT}-`, `${ENABLED}-`);
      }
    });

    it('wire both variables at 0 and off, in one write, and leave every other variable as it was', async () => {
      const { kubectl, cluster, deployment, state, sandbox } = world();
      const before = envOf(await deployment('denis'));
      const adoption = await planAdoption(kubectl, cluster);
      assert.notEqual(adoption.patch, undefined);
      assert.equal(adoption.ledger, true);
      assert.match(adoption.advice.join(), /the manifest of denis-workers sets replicas/);
      await adopt(kubectl, cluster, adoption);

      const { denis, ledger } = await state();
      assert.deepEqual(denis?.wiring, { pct: { kind: 'wired' }, enabled: { kind: 'wired' } });
      assert.deepEqual(denis?.template, { pct: '0', enabled: 'false', move: '0' });
      assert.deepEqual(JSON.parse(ledger?.text ?? ''), { version: 1, permitted: 0 });
      const after = envOf(await deployment('denis'));
      assert.deepEqual(
        after.filter(({ name }) => name !== PCT && name !== ENABLED),
        before,
      );
      const writes = (await sandbox.auditLog()).filter(
        ({ verb, requestURI }) => verb === 'patch' && requestURI.includes('fieldManager=denis-adopt'),
      );
      assert.equal(writes.length, 1);
    });

    it('own nothing afterwards: a stack takes the annotations and the replicas without force', async () => {
      const own = world();
      for (const name of ['denis', 'denis-workers']) {
        const { managedFields } = (await own.deployment(name)).metadata;
        assert.ok(managedFields.every(({ manager }) => manager !== 'denis-adopt'));
      }
      assert.equal(await serverSideApply(own, 'denis', 'denis-rollout', exposure(0, false, 1)), 200);
      assert.equal(await serverSideApply(own, 'denis-workers', 'denis-rollout', { replicas: 3 }), 200);
    });

    it('change nothing a second time', async () => {
      const { kubectl, cluster, deployment } = world();
      const versions = () =>
        Promise.all(
          ['denis', 'denis-workers'].map(async (name) => {
            const { generation, managedFields } = (await deployment(name)).metadata;
            return [generation, managedFields.filter(({ subresource }) => subresource !== 'status')];
          }),
        );
      const before = await versions();
      const adoption = await planAdoption(kubectl, cluster);
      assert.equal(adoption.patch, undefined);
      assert.equal(adoption.ledger, false);
      await adopt(kubectl, cluster, adoption);
      assert.deepEqual(await versions(), before);
    });

    it('refuse a variable that somebody set by hand since, for it may be a kill', async () => {
      const { kubectl, cluster, person, deployment } = world();
      await person('set', 'env', 'deployment/denis', `${ENABLED}=false`);
      const before = (await deployment('denis')).metadata.generation;
      assert.match(
        await userError(planAdoption(kubectl, cluster), 'adopt'),
        /^Deployment denis is not adopted: it was adopted before, and a variable was set by hand since, which may be a kill/,
      );
      assert.equal((await deployment('denis')).metadata.generation, before);
      await patchDenis(kubectl, cluster, wiringPatch(cluster.container, undefined));
    });

    it('survive the next apply of the changed manifest', async () => {
      await applyManifest(world(), [PCT, ENABLED]);
      const { denis } = await world().state();
      assert.deepEqual(denis?.wiring, { pct: { kind: 'wired' }, enabled: { kind: 'wired' } });
      assert.equal(denis?.template.move, '1');
    });
  });

  describe('patchDenis', () => {
    it('repairs the wiring that `kubectl set env` broke, and leaves the annotations', async () => {
      const { kubectl, cluster, person, state, deployment } = world();
      await person('set', 'env', 'deployment/denis', `${ENABLED}=false`, `${PCT}=7`);
      assert.deepEqual((await state()).denis?.wiring.pct, { kind: 'explicit', value: '7' });
      await patchDenis(kubectl, cluster, wiringPatch(cluster.container, undefined));
      const env = envOf(await deployment('denis'));
      assert.deepEqual(
        env.filter(({ name }) => name === PCT || name === ENABLED).sort((a, b) => b.name.localeCompare(a.name)),
        [wired(PCT, 'pct'), wired(ENABLED, 'enabled')],
      );
      assert.deepEqual(await templateOf(world()), { pct: '0', enabled: 'false', move: '1' });
    });

    it('says why the API server refuses', async () => {
      const { kubectlAs, cluster } = world();
      const call = patchDenis(kubectlAs('nobody'), cluster, wiringPatch('denis', undefined));
      assert.match(await userError(call, 'patch'), /^Deployment denis cannot be patched: .*"nobody" cannot/);
    });
  });

  describe('planUndo', () => {
    it('is refused while a percentage is live', async () => {
      const own = world();
      assert.equal(await serverSideApply(own, 'denis', 'denis-rollout', exposure(1, true, 2)), 200);
      const message = await userError(planUndo(own.kubectl, own.cluster), 'adopt');
      assert.equal(
        message,
        '1 % is live: the adoption can be undone at exposure 0 only; set canary:enabled to false and run pulumi up first',
      );
    });

    it('is refused while a pod still serves, although the Deployment does not', async () => {
      const own = world();
      await confirmMove(own.kubectl, own.cluster, 2, Date.now);
      await own.person('rollout', 'pause', 'deployment/denis');
      assert.equal(await serverSideApply(own, 'denis', 'denis-rollout', exposure(0, false, 3)), 200);
      const message = await userError(planUndo(own.kubectl, own.cluster), 'adopt');
      assert.match(message, /the adoption can be undone at exposure 0 only/);
      await own.person('rollout', 'resume', 'deployment/denis');
      await confirmMove(own.kubectl, own.cluster, 3, Date.now);
    });

    it('is refused while the feature is latched', async () => {
      const { kubectl, cluster } = world();
      await latch(world(), 'ana');
      try {
        assert.match(
          await userError(planUndo(kubectl, cluster), 'adopt'),
          /^the feature is latched off; npm run resume/,
        );
        assert.match(
          await userError(planAdoption(kubectl, cluster), 'adopt'),
          /^Deployment denis is not adopted: the feature is off and stays off: .*\(ana\); .*npm run resume/,
        );
      } finally {
        await latch(world(), null);
      }
    });

    it('leaves PCT=0 and ENABLED=false, explicit, without annotations, owned by nobody', async () => {
      const { kubectl, cluster, deployment, state } = world();
      const patch = await planUndo(kubectl, cluster);
      assert.notEqual(patch, undefined);
      await patchDenis(kubectl, cluster, patch!);
      const { denis } = await state();
      assert.deepEqual(denis?.wiring, {
        pct: { kind: 'explicit', value: '0' },
        enabled: { kind: 'explicit', value: 'false' },
      });
      assert.deepEqual(denis?.template, { pct: undefined, enabled: undefined, move: undefined });
      const { managedFields } = (await deployment('denis')).metadata;
      assert.ok(managedFields.every(({ manager }) => manager !== 'denis-adopt'));
      assert.equal(await planUndo(kubectl, cluster), undefined);
    });

    it('can be followed by another adoption', async () => {
      const { kubectl, cluster } = world();
      await adopt(kubectl, cluster, await planAdoption(kubectl, cluster));
      assert.deepEqual(await templateOf(world()), { pct: '0', enabled: 'false', move: '0' });
    });
  });
}
