import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { recordAction } from '../../act/actionEvidence';
import { EVIDENCE_FILE } from '../../act/journal';
import type { Kubectl } from '../../observe/kubectl';
import type { Action, ActionRecord } from '../../rollout/action';
import { checkoutRoot } from '../../sandbox/checkout';
import { allActions } from '../support/actions';
import type { World } from './support/world';

export function actionTests(world: () => World): void {
  describe('recordAction', () => {
    let folder: string;
    before(() => {
      folder = mkdtempSync(path.join(tmpdir(), 'actions-'));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));
    beforeEach(() => rmSync(path.join(folder, EVIDENCE_FILE), { force: true }));

    const record = (action: Action, kubectl: Kubectl = world().kubectl, journal = folder): Promise<string[]> => {
      const { cluster, sandbox } = world();
      return recordAction(action, { kubectl, cluster, journal, checkout: checkoutRoot() }, sandbox.env);
    };
    const records = (): ActionRecord[] =>
      readFileSync(path.join(folder, EVIDENCE_FILE), 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as ActionRecord);
    const [kill, ...others] = allActions().map((action) => ({ ...action, at: new Date().toISOString() }));

    it('writes every kind into the journal, with image and live move, and where `kubectl describe` shows it', async () => {
      const { person, state } = world();
      for (const action of [kill!, ...others]) assert.deepEqual(await record(action), []);
      const { denis } = await state();
      for (const one of records()) {
        assert.deepEqual([one.image, one.liveMove], [denis?.image, denis?.template.move]);
        assert.match(one.revision.commit, /^[0-9a-f]{40}$/);
      }
      assert.deepEqual(
        records().map(({ kind, by }) => `${kind} ${by}`),
        ['kill', 'rollback', 'resume', 'drill', 'baseline', 'complete'].map((kind) => `${kind} ana@laptop`),
      );
      const described = await person('describe', 'deployment', 'denis');
      for (const line of [
        /Warning +CanaryKilled +\S+ +denis-canary +kill · flag confirmed after 0\.41 s · .* · latched · by ana@laptop: chats hang/,
        /Warning +CanaryRolledBack +\S+ +denis-canary +rollback · ROLLBACK: success-below · /,
        /Normal +CanaryResumed +\S+ +denis-canary +resume · 2 steps done · by ana@laptop: mended/,
        /Normal +CanaryDrilled +\S+ +denis-canary +drill · flag good, p95 0\.70 s of 1 · /,
        /Normal +CanaryBaselinePinned +\S+ +denis-canary +baseline · chat p99 0\.41 s · /,
        /Normal +CanaryCompleted +\S+ +denis-canary +complete · /,
      ]) {
        assert.match(described, line);
      }
    });

    it('says that a user may write no Event, and keeps the record', async () => {
      const [said, ...more] = await record(kill!, world().kubectlAs('nobody'));
      assert.match(
        said!,
        /^evidence \(Event\): no Event could be written: events is forbidden: User "nobody" .*; the kill stands without$/,
      );
      assert.deepEqual(more, []);
      assert.deepEqual(
        records().map(({ image, liveMove }) => [image, liveMove]),
        [[undefined, undefined]],
      );
    });

    it('writes the Event without a journal', async () => {
      const blocked = path.join(folder, 'a-file');
      writeFileSync(blocked, '');
      const said = await record(others[1]!, world().kubectl, path.join(blocked, 'journal'));
      assert.equal(said.length, 1);
      assert.match(said[0]!, /^evidence \(journal\): ENOTDIR: .*; the resume stands without$/);
    });

    it('keeps the record while the API server is down, and while it hangs', async () => {
      const { apiServer } = world().sandbox;
      await apiServer.stop();
      try {
        const [said, ...more] = await record(kill!);
        assert.match(said!, /^evidence \(Event\): no Event could be written: .*refused.*; the kill stands without$/);
        assert.deepEqual(more, []);
      } finally {
        await apiServer.start();
      }
      const hangs: Kubectl = (_, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        });
      const started = performance.now();
      assert.deepEqual(await record(kill!, hangs), [
        'evidence (Event): the API server took no Event within 5 s; the kill stands without',
      ]);
      const took = performance.now() - started;
      assert.ok(took < 7_500, `${took} ms`);
      assert.equal(records().length, 2);
    });
  });
}
