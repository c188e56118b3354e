import assert from 'node:assert/strict';
import { type DenisEvent, eventOf, writeEvent } from '../../act/events';
import { rulesFor } from '../../resources/roles';
import { judge } from '../../rollout/assessment';
import { evidenceOf } from '../../rollout/evidence';
import { moveName } from '../../rollout/table';
import { assessment } from '../support/assessments';
import { OCCASION } from '../support/judgements';
import { userError, type World } from './support/world';

export function eventTests(world: () => World): void {
  describe('writeEvent', () => {
    /** Of a record of another world, about the Deployment of this one. */
    async function event(error: number): Promise<DenisEvent> {
      const judgement = judge(assessment('canary-50', { live: 10, readings: { error_rate: error } }));
      const made = evidenceOf(judgement, OCCASION, moveName(judgement));
      const { denis } = await world().state();
      return eventOf({ ...made, at: new Date().toISOString(), cluster: { ...made.cluster, denis } });
    }

    it('shows a record where `kubectl describe` shows the Deployment', async () => {
      const { kubectl, cluster, person } = world();
      await writeEvent(kubectl, cluster, await event(0.0002));
      await writeEvent(kubectl, cluster, await event(0.02));
      const described = await person('describe', 'deployment', 'denis');
      assert.match(
        described,
        /Normal +CanaryPermitted +\S+ +denis-canary +permit · canary-50 · canary-10 → canary-50 · PROMOTE: every hard check held/,
      );
      assert.match(
        described,
        /Warning +CanaryRefused +\S+ +denis-canary +refusal · .* · ROLLBACK: error rate is 2\.00 %/,
      );
    });

    it('says that a user may not, in the words of the API server', async () => {
      const { kubectlAs, cluster } = world();
      assert.match(
        await userError(writeEvent(kubectlAs('nobody'), cluster, await event(0)), 'event'),
        /^no Event could be written: events is forbidden: User "nobody" cannot create resource "events"/,
      );
    });

    it('needs no more than a Role that moves', async () => {
      const { sandbox, cluster, kubectlAs } = world();
      const name = 'denis-canary-kill';
      const group = 'rbac.authorization.k8s.io';
      const shared = { apiVersion: `${group}/v1`, metadata: { name, namespace: 'denis' } };
      const items = [
        { ...shared, kind: 'Role', rules: rulesFor(cluster)[name] },
        {
          ...shared,
          kind: 'RoleBinding',
          roleRef: { apiGroup: group, kind: 'Role', name },
          subjects: [{ apiGroup: group, kind: 'User', name: 'denis-kill' }],
        },
      ];
      const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
      const applied = await sandbox.kubectl(['apply', '--validate=false', '-f', '-'], { input });
      assert.equal(applied.code, 0, applied.stderr);
      await writeEvent(kubectlAs('denis-kill'), cluster, await event(0.0002));
    });
  });
}
