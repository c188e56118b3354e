import assert from 'node:assert/strict';
import { Exposure } from '../../resources/exposure';
import { holdsList, only, registrationsOf } from './support/registrations';

const PATCH = 'kubernetes:apps/v1:DeploymentPatch';

describe('Exposure', () => {
  const declared = async (manner: 'up' | 'down') =>
    registrationsOf(
      () => new Exposure('materializers', { deployment: 'denis', pct: 10, enabled: true, move: 7, manner }, {}),
    );
  const STEERING = {
    up: { 'pulumi.com/patchFieldManager': 'denis-rollout', 'pulumi.com/timeoutSeconds': '90' },
    down: {
      'pulumi.com/patchFieldManager': 'denis-rollout',
      'pulumi.com/patchForce': 'true',
      'pulumi.com/skipAwait': 'true',
    },
  } as const;

  for (const manner of ['up', 'down'] as const) {
    const how = manner === 'up' ? 'without force and with a bounded wait' : 'with force and without a wait';
    it(`writes three annotations of the pod template on the way ${manner}, ${how}`, async () => {
      const { inputs } = only(await declared(manner), PATCH);
      assert.deepEqual(inputs, {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'denis', annotations: STEERING[manner] },
        spec: {
          template: {
            metadata: {
              annotations: {
                'canary.denis.run/pct': '10',
                'canary.denis.run/enabled': 'true',
                'canary.denis.run/move': '7',
              },
            },
          },
        },
      });
      assert.equal(holdsList(inputs), false, 'a list would be compared by index');
    });
  }

  it('is one patch inside its component, kept when it is left away, of which what it reads stays secret', async () => {
    const registered = await declared('up');
    assert.deepEqual(
      registered.map(({ type, name, parent }) => [type, name, parent]),
      [
        ['denis:canary:Exposure', 'materializers', ''],
        [PATCH, 'materializers', 'materializers'],
      ],
    );
    const patch = only(registered, PATCH);
    assert.equal(patch.retainOnDelete, true);
    assert.deepEqual(patch.secretOutputs, ['spec', 'metadata']);
  });
});
