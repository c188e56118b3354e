import assert from 'node:assert/strict';
import fc from 'fast-check';
import { actionRecordOf, actionSummary, isActionKind, missingIn } from '../../rollout/action';
import { allActions, KILLED } from '../support/actions';

const PLACE = { revision: { commit: 'a'.repeat(40), changed: false }, liveMove: '7', image: 'denis:1' };

describe('rollout/action', () => {
  it('is recorded with where it was done, and a kill with the time of its first confirmed way', () => {
    for (const action of allActions()) {
      const record = actionRecordOf(action, PLACE);
      const { kind } = action;
      const times = kind === 'kill' || kind === 'rollback' ? { confirmedAfterMs: 410 } : {};
      assert.deepEqual(record, { version: 1, ...action, ...PLACE, ...times });
      assert.deepEqual(JSON.parse(JSON.stringify(record)), record, 'plain data');
      assert.deepEqual(missingIn(record), []);
    }
  });

  it('leaves out what is not known', () => {
    const { revision } = PLACE;
    const failed = { ...KILLED, ways: KILLED.ways.filter(({ state }) => state === 'failed') };
    const [kill] = allActions();
    assert.ok(kill?.kind === 'kill');
    const record = actionRecordOf({ ...kill, outcome: failed }, { revision, liveMove: undefined, image: undefined });
    assert.deepEqual(record, { version: 1, ...kill, outcome: failed, revision });
  });

  it('is told from what was judged by its kind', () => {
    assert.deepEqual(
      allActions().map(({ kind }) => isActionKind(kind)),
      [true, true, true, true, true, true],
    );
    for (const kind of ['permit', 'refusal', 'decision', 'killed', 'toString', undefined, 1]) {
      assert.equal(isActionKind(kind), false);
    }
  });

  it('is summed up in one line, the facts before the words of a person', () => {
    assert.deepEqual(allActions().map(actionSummary), [
      'kill · flag confirmed after 0.41 s · api failed after 5.00 s · environment confirmed after 4.30 s · latched · by ana@laptop: chats hang',
      'rollback · ROLLBACK: success-below · flag confirmed after 0.41 s · api failed after 5.00 s · environment confirmed after 4.30 s · latched · by ana@laptop: success rate is 91 %',
      'resume · 2 steps done · by ana@laptop: mended',
      'drill · flag good, p95 0.70 s of 1 · by ana@laptop: drill',
      'baseline · chat p99 0.41 s · measured by 5760 samples · by ana@laptop: lost',
      'complete · 1 of 2 lines passed, the others are not configured · by ana@laptop: npm run validate',
    ]);
    const [kill] = allActions();
    assert.ok(kill?.kind === 'kill');
    const unlatched = { ...kill, outcome: { ...KILLED, latched: 'the API server is down' } };
    assert.match(actionSummary(unlatched), / · NOT LATCHED: the API server is down · by ana/);
    const given = { ...kill, kind: 'baseline', outcome: { chatP99: 0.41, samples: 0 } } as const;
    assert.match(actionSummary(given), /^baseline · chat p99 0\.41 s · given · by /);
    const resume = { ...kill, kind: 'resume', outcome: { cleared: [], failed: 'a pod did not come' } } as const;
    assert.match(actionSummary(resume), /^resume · 0 steps done · failed: a pod did not come · /);
  });

  it('is summed up in at most a kilobyte', () => {
    const [kill] = allActions();
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000, unit: 'binary' }), (reason) => {
        assert.ok(Buffer.byteLength(actionSummary({ ...kill!, reason })) <= 1024);
      }),
    );
  });
});
