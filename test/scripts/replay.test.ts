import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ActionRecord, actionRecordOf } from '../../rollout/action';
import { judge } from '../../rollout/assessment';
import { type EvidenceRecord, evidenceOf } from '../../rollout/evidence';
import { moveName } from '../../rollout/table';
import { type CommandResult, runCommand } from '../../sandbox/command';
import { allActions } from '../support/actions';
import { assessment } from '../support/assessments';
import { OCCASION } from '../support/judgements';

const SCRIPT = path.join(__dirname, '..', '..', 'scripts', 'replay.js');

function record(...[stack, given]: Parameters<typeof assessment>): EvidenceRecord {
  const judgement = judge(assessment(stack, given));
  return evidenceOf(judgement, OCCASION, moveName(judgement));
}
const GOOD = record('canary-50', { live: 10 });
const BAD = record('canary-50', { live: 10, readings: { error_rate: 0.02 } });
const ACTIONS = allActions().map((action) => actionRecordOf(action, { revision: OCCASION.revision }));

describe('npm run replay', function () {
  this.timeout(20_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'replay-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]): Promise<CommandResult> =>
    runCommand(process.execPath, [SCRIPT, ...args], { cwd: folder, env: process.env, timeoutMs: 15_000 });
  const replayed = (...lines: (EvidenceRecord | ActionRecord | string)[]): Promise<CommandResult> => {
    const text = lines.map((line) => (typeof line === 'string' ? line : `${JSON.stringify(line)}\n`)).join('');
    writeFileSync(path.join(folder, 'evidence.jsonl'), text);
    return run('evidence.jsonl');
  };

  it('ends with 0 where every record gives its own decision again, empty lines aside', async () => {
    const { code, stdout, stderr } = await replayed(GOOD, '\n', BAD, GOOD);
    assert.deepEqual([code, stdout, stderr], [0, '3 records, 0 differ\n', '']);
  });

  it('counts actions apart: nothing of them was judged', async () => {
    const mixed = await replayed(GOOD, ...ACTIONS, BAD);
    assert.deepEqual([mixed.code, mixed.stdout], [0, `2 records, 0 differ; ${ACTIONS.length} actions\n`]);
    const alone = await replayed(...ACTIONS);
    assert.deepEqual([alone.code, alone.stdout], [0, `0 records, 0 differ; ${ACTIONS.length} actions\n`]);
  });

  const facts = { ...BAD.facts!, checks: GOOD.facts!.checks };
  const lines: readonly [what: string, lines: (EvidenceRecord | ActionRecord | string)[], says: RegExp][] = [
    [
      'a record of which the facts were changed',
      [GOOD, { ...BAD, facts }],
      /^evidence\.jsonl:2\n( {2}.*\n)* {2}verdict: recorded "ROLLBACK", now "PROMOTE"$/m,
    ],
    [
      'a record of which the outcome was changed',
      [{ ...GOOD, outcome: BAD.outcome }],
      /^evidence\.jsonl:1\n( {2}.*\n)* {2}verdict: recorded "ROLLBACK", now "PROMOTE"$/m,
    ],
    [
      'a line that was cut off',
      [GOOD, JSON.stringify(BAD).slice(0, 500)],
      /^evidence\.jsonl:2\n {2}is no JSON: the line was cut off or changed$/m,
    ],
    ['a record that lacks a part', ['{"version":1,"outcome":{}}\n'], /^evidence\.jsonl:1\n {2}is not complete: /m],
    [
      'an action that lacks a part',
      ['{"version":1,"kind":"kill","at":"2026-11-25T12:00:00Z","reason":"","revision":{}}\n'],
      /^evidence\.jsonl:1\n {2}is not complete: it has no by, outcome$/m,
    ],
    [
      'a record of a kind that nobody knows',
      ['{"version":1,"kind":"killed"}\n'],
      /^evidence\.jsonl:1\n {2}is not complete: /m,
    ],
    [
      'a record without an outcome',
      [{ ...GOOD, outcome: undefined } as unknown as EvidenceRecord],
      /^evidence\.jsonl:1\n( {2}.*\n)* {2}verdict: recorded nothing, now "PROMOTE"$/m,
    ],
    [
      'a record of another version',
      ['{"version":2}\n'],
      /^evidence\.jsonl:1\n {2}is of version 2, this program reads version 1$/m,
    ],
    [
      'a line that holds nothing',
      ['null\n'],
      /^evidence\.jsonl:1\n {2}is of version undefined, this program reads version 1$/m,
    ],
  ];
  for (const [what, content, says] of lines) {
    it(`ends with 1 over ${what}, and names the line`, async () => {
      const { code, stdout, stderr } = await replayed(...content);
      assert.equal(code, 1, stderr);
      assert.match(stdout, says);
      assert.match(stdout, new RegExp(`\n${content.length} records, 1 differ\n$`));
      assert.equal(stderr, '');
    });
  }

  it('ends with 2 without a file, with a missing one, and with an empty one', async () => {
    assert.match((await usage()).stderr, /missing required argument 'file'/);
    assert.match((await usage('nowhere.jsonl')).stderr, /^nowhere\.jsonl cannot be read: ENOENT/);
    writeFileSync(path.join(folder, 'empty.jsonl'), '\n');
    assert.match((await usage('empty.jsonl')).stderr, /^empty\.jsonl holds no record\n$/);
  });

  async function usage(...args: string[]): Promise<CommandResult> {
    const result = await run(...args);
    assert.equal(result.code, 2, result.stderr);
    assert.doesNotMatch(result.stderr, /^ +at /m, 'no stack');
    return result;
  }
});
