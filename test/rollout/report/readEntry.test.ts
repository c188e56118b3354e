import assert from 'node:assert/strict';
import fc from 'fast-check';
import { actionRecordOf } from '../../../rollout/action';
import { evidenceOf } from '../../../rollout/evidence';
import { readEntry } from '../../../rollout/report/readEntry';
import { moveName } from '../../../rollout/table';
import { allActions } from '../../support/actions';
import { HOSTILE } from '../../support/hostile';
import { judgements, OCCASION } from '../../support/judgements';
import { judgedAt, START, wholeRollout } from '../../support/rolloutRecords';

const RECORDS = wholeRollout();
const JUDGED = judgedAt(START, 'canary-50', { live: 10 });
const KILL = RECORDS.find(({ kind }) => kind === 'kill')!;
const lineOf = (record: unknown): string => JSON.stringify(record);

describe('rollout/report/readEntry', () => {
  it('reads every record that is written, of whatever verdict', () => {
    for (const record of RECORDS) assert.equal(readEntry(lineOf(record)).kind, 'read', record.kind);
    fc.assert(
      fc.property(judgements, (judgement) => {
        const line = lineOf(evidenceOf(judgement, OCCASION, moveName(judgement)));
        const entry = readEntry(line);
        assert.equal(entry.kind, 'read', entry.kind === 'unreadable' ? entry.reason : '');
      }),
      { numRuns: 40 },
    );
  });

  it('says what baseline was pinned, and why', () => {
    const action = allActions().find(({ kind }) => kind === 'baseline')!;
    const entry = readEntry(lineOf(actionRecordOf(action, { revision: OCCASION.revision })));
    assert.ok(entry.kind === 'read');
    assert.equal(entry.value.sentence, 'chat p99 0.41 s: lost');
  });

  it('takes from a judgement what was live, the rollout, and each check with its limit', () => {
    const entry = readEntry(lineOf(JUDGED));
    assert.ok(entry.kind === 'read');
    const { live, rollout, judged, permit, at } = entry.value;
    assert.deepEqual([live, rollout, at, permit?.percent], [10, 'r-2026-11-23', START, 50]);
    assert.deepEqual(judged?.checks[0], { id: 'success-rate', status: 'pass', limit: 0.97, value: 0.998 });
  });

  const broken: readonly [what: string, line: string, says: RegExp][] = [
    ['a line that was cut off', lineOf(KILL).slice(0, 100), /^is no JSON/],
    ['null', 'null', /^is not complete/],
    ['another version', lineOf({ ...KILL, version: 2 }), /^is not complete: version/],
    ['a time that is none', lineOf({ ...KILL, at: 'noon' }), /^is not complete: at: expected an ISO time/],
    [
      'a time before there was a rollout',
      lineOf({ ...KILL, at: '1970-01-01T00:00:00Z' }),
      /^is not complete: at: expected an ISO time/,
    ],
    ['a kill without its ways', lineOf({ ...KILL, outcome: { latched: true } }), /^is not complete: outcome\.ways/],
    ['a judgement without its outcome', lineOf({ ...JUDGED, outcome: undefined }), /^is not complete: outcome/],
    [
      'a check that nobody knows',
      lineOf({ ...JUDGED, facts: { ...JUDGED.facts, checks: [{ id: '__proto__' }] } }),
      /^is not complete: facts\.checks\.0\.id/,
    ],
  ];
  for (const [what, line, says] of broken) {
    it(`names what is wrong with ${what}`, () => {
      const entry = readEntry(line);
      assert.ok(entry.kind === 'unreadable');
      assert.match(entry.reason, says);
    });
  }

  it('keeps a record of a kind that a later version writes', () => {
    const entry = readEntry(
      lineOf({
        version: 1,
        kind: 'validation',
        at: '2026-11-25T12:00:00Z',
        by: 'ana',
        outcome: { verdict: 'COMPLETE', sentence: 'all is green' },
      }),
    );
    assert.deepEqual(entry, {
      kind: 'read',
      value: {
        at: Date.parse('2026-11-25T12:00:00Z') / 1000,
        kind: 'validation',
        by: 'ana',
        verdict: 'COMPLETE',
        sentence: 'all is green',
      },
    });
  });

  it('makes plain, short text without secrets of whatever somebody wrote', () => {
    const reason = `${HOSTILE} redis://user:hunter22@redis:6379\n${'x'.repeat(100_000)}`;
    const entry = readEntry(lineOf({ ...KILL, reason }));
    assert.ok(entry.kind === 'read');
    assert.ok(entry.value.reason!.length <= 600);
    assert.doesNotMatch(entry.value.reason!, /hunter22|[\u0000-\u001f\u202e]/);
  });

  it('never throws, whatever a line holds', () => {
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (line) => void readEntry(line)));
    const field = fc.constantFrom('facts', 'outcome', 'cluster', 'switches', 'target', 'at', 'kind', 'by');
    fc.assert(
      fc.property(field, fc.jsonValue(), (name, value) => void readEntry(lineOf({ ...JUDGED, [name]: value }))),
    );
  });
});
