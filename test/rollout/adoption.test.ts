import assert from 'node:assert/strict';
import { manifestChange, setsReplicas } from '../../rollout/adoption';

const manifest = (env: object[] | undefined, more: object = {}): string =>
  JSON.stringify({
    spec: {
      ...more,
      template: {
        spec: {
          containers: [
            { name: 'sidecar', env: [PCT] },
            { name: 'denis', env },
          ],
        },
      },
    },
  });
const PCT = { name: 'DENIS_MATERIALIZERS_PCT', value: '0' };
const ENABLED = { name: 'DENIS_MATERIALIZERS_ENABLED', value: 'true' };
const wired = (name: string) => ({ name, valueFrom: { fieldRef: { fieldPath: 'metadata.annotations' } } });

describe('rollout/adoption', () => {
  describe("the team's manifest must change", () => {
    const rows: readonly [string, string | undefined, string[] | undefined][] = [
      ['not, when it was never applied', undefined, undefined],
      ['not, when it cannot be read', '{', undefined],
      ['not, when it names neither variable', manifest([{ name: 'OTHER', value: '1' }]), undefined],
      ['not, when it sets no environment', manifest(undefined), undefined],
      ['not, when it has no containers', '{}', undefined],
      ['not, when both are wired', manifest([wired(PCT.name), wired(ENABLED.name)]), undefined],
      [
        'where it gives both a value',
        manifest([PCT, { name: 'OTHER', value: '1' }, ENABLED]),
        [PCT.name, ENABLED.name],
      ],
      ['where it gives one a value', manifest([wired(PCT.name), ENABLED]), [ENABLED.name]],
      ['where it names one without a value', manifest([{ name: PCT.name }]), [PCT.name]],
    ];
    for (const [when, lastApplied, remove] of rows) {
      it(when, () => {
        assert.deepEqual(manifestChange(lastApplied, 'denis'), remove === undefined ? undefined : { remove });
      });
    }

    it("where it concerns Denis's container, and no other", () => {
      assert.deepEqual(manifestChange(manifest([]), 'sidecar'), { remove: [PCT.name] });
      assert.equal(manifestChange(manifest([]), 'denis'), undefined);
      assert.equal(manifestChange(manifest([PCT]), 'absent'), undefined);
    });
  });

  it('says whether the manifest sets the number of replicas', () => {
    assert.equal(setsReplicas(manifest([], { replicas: 3 })), true);
    assert.equal(setsReplicas(manifest([], { replicas: 0 })), true);
    assert.equal(setsReplicas(manifest([])), false);
    assert.equal(setsReplicas(undefined), false);
    assert.equal(setsReplicas('{'), false);
  });
});
