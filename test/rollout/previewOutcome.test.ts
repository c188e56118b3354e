import assert from 'node:assert/strict';
import { isFault, type Outcome, outcomeOf, type PreviewFacts } from '../../rollout/previewOutcome';

const NOTHING: PreviewFacts = { code: 0, refusals: [], violations: [], messages: [], errors: [], operations: [] };
const of = (facts: Partial<PreviewFacts>): Outcome => outcomeOf({ ...NOTHING, ...facts });
const info = (text: string) => ({ severity: 'info' as const, text });
const warning = (text: string) => ({ severity: 'warning' as const, text });

const PROMOTE = 'canary-1 → canary-10   PROMOTE   every hard check held for 4h';
const HOLD = 'canary-1 → canary-10   HOLD   window 1h of 4h, complete 2026-11-24 12:00 UTC at the earliest';
const CHANGES = '\n  change: exposure 1 % → 10 %\n  change: move 1 → 2';
const REFUSED = { code: 255, errors: ['preview failed'] };

describe('outcomeOf', () => {
  it('is allowed when the gate allows it, with the table and the named changes apart', () => {
    const table = `${PROMOTE}\n  check  value\n  success rate  99 %`;
    assert.deepEqual(of({ messages: [info('something else'), info(table + CHANGES)] }), {
      kind: 'allowed',
      text: table,
      changes: ['exposure 1 % → 10 %', 'move 1 → 2'],
    });
  });

  it('is held when the gate refuses in the pack, in its words, with the changes that the program named', () => {
    assert.deepEqual(
      of({ ...REFUSED, refusals: [HOLD], messages: [warning(HOLD.replace('1h of', '2h of') + CHANGES)] }),
      { kind: 'held', text: HOLD, changes: ['exposure 1 % → 10 %', 'move 1 → 2'] },
    );
  });

  for (const verdict of ['HOLD', 'MONITOR', 'ROLLBACK', 'EMERGENCY', 'REFUSED']) {
    it(`takes ${verdict} for an answer`, () => {
      const text = `canary-100   ${verdict}   why`;
      assert.equal(of({ ...REFUSED, refusals: [text] }).kind, 'held');
    });
  }

  it('is held when only the program refuses: the two ask some seconds apart', () => {
    assert.equal(of({ messages: [warning(HOLD)] }).kind, 'held');
    assert.equal(of({ ...REFUSED, refusals: [HOLD], messages: [info(PROMOTE)] }).kind, 'held');
  });

  it('is allowed for a stack without a gate, and names what would be done', () => {
    const operations = ['create kubernetes:core/v1:Secret kill-switch'];
    assert.deepEqual(of({ operations }), { kind: 'allowed', text: '', changes: operations });
  });

  it('is invalid when a setting shows itself only to the gate', () => {
    const sentence = 'canary:redis: expected a URL that starts with redis://; found another value';
    for (const facts of [
      { ...REFUSED, refusals: [sentence] },
      { ...REFUSED, refusals: [`canary-1 → canary-10   REFUSED   ${sentence}`] },
      { ...REFUSED, refusals: [`${HOLD}\n  refused: ${sentence}`] },
      { code: 1, errors: [sentence] },
    ]) {
      assert.equal(of(facts).kind, 'invalid', JSON.stringify(facts));
    }
  });

  it('is unreadable when the gate could not judge, or a provider did not see the cluster', () => {
    const sentence = 'context production is another cluster than the settings name';
    assert.deepEqual(of({ ...REFUSED, refusals: [sentence], errors: [sentence, 'preview failed'] }), {
      kind: 'unreadable',
      text: sentence,
    });
    for (const error of [
      'failed to read resource state due to unreachable cluster. If the cluster was deleted, …',
      'roles.rbac.authorization.k8s.io "x" is forbidden: User "ci" cannot get resource "roles"',
    ]) {
      assert.equal(of({ code: 255, errors: [error, error, 'preview failed'] }).kind, 'unreadable', error);
    }
  });

  it('is broken by any error of its own, beside a verdict too, and says each error once', () => {
    const crash = "Running program '/x/dist/index.js' failed with an unhandled exception:\nError: boom";
    assert.deepEqual(of({ code: 255, errors: [crash, crash, 'preview failed'] }), { kind: 'broken', text: crash });
    assert.equal(of({ ...REFUSED, refusals: [HOLD], errors: [crash] }).kind, 'broken');
    assert.equal(of({ code: 0, errors: [crash], messages: [info(PROMOTE)] }).kind, 'broken');
  });

  it('is broken by the violation of another policy', () => {
    assert.deepEqual(of({ ...REFUSED, violations: ['no Secrets here'] }), { kind: 'broken', text: 'no Secrets here' });
  });

  it('is broken when pulumi fails and says nothing', () => {
    const found = of({ code: 7 });
    assert.equal(found.kind, 'broken');
    assert.match('text' in found ? found.text : '', /exit code 7/);
  });

  it('does not take any text that names a verdict for a table', () => {
    assert.equal(of({ ...REFUSED, refusals: ['we HOLD   because'] }).kind, 'unreadable');
    assert.equal(of({ messages: [warning('a warning about PROMOTE')] }).kind, 'allowed');
  });
});

describe('isFault', () => {
  it('is what no verdict is, and every lack of one', () => {
    const text = '';
    const changes: string[] = [];
    const outcomes: Outcome[] = [
      { kind: 'allowed', text, changes },
      { kind: 'held', text, changes },
      { kind: 'valid' },
      { kind: 'invalid', text },
      { kind: 'unreadable', text },
      { kind: 'broken', text },
    ];
    assert.deepEqual(
      outcomes.filter(isFault).map(({ kind }) => kind),
      ['invalid', 'unreadable', 'broken'],
    );
  });
});
