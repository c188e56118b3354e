import assert from 'node:assert/strict';
import { storeLedger } from '../../act/ledger';
import { readLedger } from '../../rollout/ledger';
import { api, PATHS, userError, type World } from './support/world';

export function ledgerTests(world: () => World): void {
  describe('storeLedger', () => {
    const reset = () => api(world(), 'DELETE', PATHS.ledger);
    beforeEach(reset);
    after(reset);
    const stored = async () => {
      const { object } = await api<{ metadata: { resourceVersion: string }; data: Record<string, string> }>(
        world(),
        'GET',
        PATHS.ledger,
      );
      const { resourceVersion } = object.metadata;
      const reading = readLedger({ text: object.data['ledger.json'] ?? '', resourceVersion });
      assert.equal(reading.kind, 'ledger');
      return reading;
    };
    const ofOthers = /^somebody else wrote the ledger \(ConfigMap denis-canary\) at the same moment; .*try again$/;

    it('makes the ledger, once: a second beginning does not overwrite it', async () => {
      const { kubectl } = world();
      await storeLedger(kubectl, { version: 1, permitted: 1 }, undefined);
      assert.match(
        await userError(storeLedger(kubectl, { version: 1, permitted: 50 }, undefined), 'ledger-conflict'),
        ofOthers,
      );
      assert.equal((await stored()).ledger.permitted, 1);
    });

    it('replaces the one that was read, and no newer one', async () => {
      const { kubectl } = world();
      await storeLedger(kubectl, { version: 1, permitted: 1 }, undefined);
      const { resourceVersion } = await stored();
      await storeLedger(kubectl, { version: 1, permitted: 10 }, resourceVersion);
      const stale = storeLedger(kubectl, { version: 1, permitted: 50 }, resourceVersion);
      assert.match(await userError(stale, 'ledger-conflict'), ofOthers);
      assert.equal((await stored()).ledger.permitted, 10);
    });

    it('lets one of two writers win', async () => {
      const { kubectl } = world();
      await storeLedger(kubectl, { version: 1, permitted: 1 }, undefined);
      const { resourceVersion } = await stored();
      const outcomes = await Promise.allSettled(
        [10, 50].map((permitted) => storeLedger(kubectl, { version: 1, permitted }, resourceVersion)),
      );
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      const winner = outcomes[0]!.status === 'fulfilled' ? 10 : 50;
      assert.equal((await stored()).ledger.permitted, winner);
    });

    it('says which right is missing', async () => {
      const call = storeLedger(world().kubectlAs('nobody'), { version: 1, permitted: 1 }, undefined);
      assert.match(
        await userError(call, 'ledger'),
        /cannot be written: .*"nobody" cannot create resource "configmaps"/,
      );
    });
  });
}
