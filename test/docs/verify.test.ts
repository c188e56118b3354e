import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { CHECK_IDS } from '../../phases/phase';
import { actionRecordOf } from '../../rollout/action';
import { judge } from '../../rollout/assessment';
import { evidenceOf } from '../../rollout/evidence';
import { moveName } from '../../rollout/table';
import { EXIT_CODES } from '../../rollout/verification';
import { allActions } from '../support/actions';
import { assessment } from '../support/assessments';
import { OCCASION } from '../support/judgements';
import { page, ROOT, tableRows } from './support/pages';

const bare = (cell: string): string => cell.replaceAll('`', '');

describe('docs/verify.md', () => {
  const text = page('docs/verify.md');

  it('has every exit code', () => {
    const documented = tableRows(text, 'code', 'means').map(([code]) => Number(code));
    assert.deepEqual(documented.sort(), [...Object.values(EXIT_CODES), 2].sort());
  });

  it('names every field of the JSON form, in its order', () => {
    const source = readFileSync(path.join(ROOT, 'scripts', 'verifyReport.ts'), 'utf8');
    const body = source.slice(source.indexOf('function report('));
    const fields = [...body.slice(0, body.indexOf('\n}')).matchAll(/^ {4}(\w+): /gm)].map(([, field]) => field!);
    const sentence = text.text.slice(text.text.indexOf('`--json` prints'), text.text.indexOf('npm run -s verify'));
    const named = [...sentence.replace(/\(`percent`.*?\)/, '').matchAll(/`(\w+)`/g)].map(([, field]) => field!);
    assert.deepEqual(
      named.filter((field) => field !== 'null'),
      fields,
    );
  });
});

describe('docs/evidence.md', () => {
  it('has every field of a record', () => {
    const judgement = judge(assessment('canary-50', { live: 10 }));
    const fields = Object.keys(evidenceOf(judgement, OCCASION, moveName(judgement)));
    const documented = tableRows(page('docs/evidence.md'), 'field', 'meaning').flatMap(([field]) =>
      bare(field!).split(', '),
    );
    assert.deepEqual([...documented].sort(), [...fields].sort());
  });

  it('has every field of an action', () => {
    const place = { revision: OCCASION.revision, liveMove: '7', image: 'denis:1' };
    const fields = allActions().flatMap((action) => Object.keys(actionRecordOf(action, place)));
    const documented = tableRows(page('docs/evidence.md'), 'field of an action', 'meaning').flatMap(([field]) =>
      bare(field!).split(', '),
    );
    assert.deepEqual([...documented].sort(), [...new Set(fields)].sort());
  });

  it('has every reason of an Event', () => {
    const source = readFileSync(path.join(ROOT, 'act', 'events.ts'), 'utf8');
    const reasons = [...source.matchAll(/'(Canary\w+)'/g)].map(([, reason]) => reason!);
    const documented = tableRows(page('docs/evidence.md'), 'reason', 'type').flatMap(([reason]) =>
      bare(reason!).split(', '),
    );
    assert.deepEqual(documented.sort(), reasons.sort());
  });
});

describe('docs/settings.md, override', () => {
  const settings = page('docs/settings.md');
  const section = { ...settings, text: settings.text.slice(settings.text.indexOf('\n## Override\n')) };

  it('has every field, and every check that can be named', () => {
    const source = readFileSync(path.join(ROOT, 'phases', 'settings.ts'), 'utf8');
    const body = source.slice(source.indexOf('const overrideShape'));
    const fields = [...body.slice(0, body.indexOf('\n}')).matchAll(/^ {2}(\w+): /gm)].map(([, field]) => field!);
    const rows = tableRows(section, 'field', 'type');
    assert.deepEqual(rows.map(([field]) => bare(field!)).sort(), fields.sort());
    const checks = rows.find(([field]) => field === '`checks`')![1]!;
    assert.deepEqual(
      [...checks.matchAll(/`([\w-]+)`/g)].map(([, id]) => id),
      [...CHECK_IDS],
    );
  });
});
