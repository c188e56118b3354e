import assert from 'node:assert/strict';
import { WorkerFloor, type WorkerFloorArgs } from '../../resources/workerFloor';
import { holdsList, only, registrationsOf } from './support/registrations';

const DEPLOYMENT = 'kubernetes:apps/v1:DeploymentPatch';
const AUTOSCALER = 'kubernetes:autoscaling/v2:HorizontalPodAutoscalerPatch';
const UP = { 'pulumi.com/patchFieldManager': 'denis-rollout', 'pulumi.com/timeoutSeconds': '90' };
const DOWN = { 'pulumi.com/patchFieldManager': 'denis-rollout', 'pulumi.com/skipAwait': 'true' };

const declared = (args: WorkerFloorArgs) => registrationsOf(() => new WorkerFloor('workers', args, {}));

describe('WorkerFloor', () => {
  for (const [manner, annotations] of [
    ['up', UP],
    ['down', DOWN],
  ] as const) {
    it(`sets the replicas of the Deployment on the way ${manner}, never with force`, async () => {
      const registered = await declared({ deployment: 'denis-workers', manner, kind: 'replicas', replicas: 6 });
      const patch = only(registered, DEPLOYMENT);
      assert.deepEqual(patch.inputs, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'denis-workers', annotations },
        spec: { replicas: 6 },
      });
      assert.equal(registered.length, 2);
    });

    it(`sets the bounds of an autoscaler and not the replicas on the way ${manner}, whoever owns them`, async () => {
      const args = { kind: 'autoscaler', name: 'scaler', min: 6, max: 12 } as const;
      const registered = await declared({ deployment: 'denis-workers', manner, ...args });
      const patch = only(registered, AUTOSCALER);
      assert.deepEqual(patch.inputs, {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'scaler', annotations: { ...annotations, 'pulumi.com/patchForce': 'true' } },
        spec: { minReplicas: 6, maxReplicas: 12 },
      });
      assert.equal(registered.length, 2);
    });
  }

  it('is kept when it is left away, and what it reads stays secret, for both kinds', async () => {
    const patches = [
      only(await declared({ deployment: 'w', manner: 'up', kind: 'replicas', replicas: 6 }), DEPLOYMENT),
      only(
        await declared({ deployment: 'w', manner: 'up', kind: 'autoscaler', name: 's', min: 1, max: 2 }),
        AUTOSCALER,
      ),
    ];
    for (const { parent, retainOnDelete, secretOutputs, inputs } of patches) {
      assert.equal(parent, 'workers');
      assert.equal(retainOnDelete, true);
      assert.deepEqual(secretOutputs, ['spec', 'metadata']);
      assert.equal(holdsList(inputs), false);
    }
  });
});
