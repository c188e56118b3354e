import assert from 'node:assert/strict';
import { adoptionOf, manifestChange, setsReplicas } from '../../rollout/adoption';
import type { DenisState } from '../../rollout/cluster';
import type { LedgerReading } from '../../rollout/ledger';
import { denisState, ledgerAt } from '../support/clusterState';

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

  describe('adopting', () => {
    const never = { pct: undefined, enabled: undefined, move: undefined };
    const absent = { pct: { kind: 'absent' }, enabled: { kind: 'absent' } } as const;
    const byHand = { pct: { kind: 'wired' }, enabled: { kind: 'explicit', value: 'false' } } as const;
    const fresh = denisState(0, { template: never, wiring: absent, effective: { pct: 0, enabled: false } });
    const missing: LedgerReading = { kind: 'missing' };
    const latch = { by: 'eva', at: 'then', reason: 'errors' };

    const allowed: readonly [string, DenisState, LedgerReading, object | undefined, boolean][] = [
      ['wires at 0, off, and writes a ledger', fresh, missing, { pct: 0, enabled: false, move: 0 }, true],
      ['keeps a ledger that is there', fresh, ledgerAt(0), { pct: 0, enabled: false, move: 0 }, false],
      ['changes nothing the second time', denisState(0), ledgerAt(0), undefined, false],
      ['leaves a live phase alone', denisState(10), ledgerAt(10), undefined, false],
      ['writes a new ledger at 0', denisState(0), missing, undefined, true],
      [
        'begins anew at 0 where an old rollout was turned off and its ledger deleted',
        denisState(50, {
          template: { pct: '50', enabled: 'false', move: '7' },
          effective: { pct: 50, enabled: false },
        }),
        missing,
        { pct: 0, enabled: false, move: 8 },
        true,
      ],
    ];
    for (const [what, denis, ledger, values, writes] of allowed) {
      it(what, () => assert.deepEqual(adoptionOf(denis, ledger), { kind: 'adopt', values, ledger: writes }));
    }

    const refused: readonly [string, DenisState, LedgerReading, RegExp][] = [
      [
        'while something is served',
        denisState(5, { template: never, wiring: absent }),
        missing,
        /^5 % is served already/,
      ],
      [
        'over a variable set by hand',
        denisState(10, { wiring: byHand }),
        ledgerAt(10),
        /set by hand since, which may be a kill/,
      ],
      [
        'over a latch on the Deployment',
        denisState(0, { latch: 'eva' }),
        ledgerAt(0),
        /^the feature is off and stays off: the Deployment carries a latch \(eva\); .*npm run resume/,
      ],
      [
        'over a latch in the ledger',
        denisState(0),
        ledgerAt(0, { latch }),
        /^the feature is off and stays off: latched by .*: errors; .*npm run resume/,
      ],
      ['a live phase whose ledger is missing', denisState(10), missing, /is missing while 10 % is live/],
      ['with a broken ledger', denisState(0), { kind: 'broken', reason: 'not JSON' }, /cannot be read: not JSON$/],
    ];
    for (const [what, denis, ledger, reason] of refused) {
      it(`is refused ${what}`, () => {
        const verdict = adoptionOf(denis, ledger);
        assert.match(verdict.kind === 'refused' ? verdict.reason : 'adopted', reason);
      });
    }
  });
});
