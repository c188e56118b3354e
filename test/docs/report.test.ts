import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readEntry } from '../../rollout/report/readEntry';
import { reportOf } from '../../rollout/report/report';
import { reportHtml } from '../../rollout/report/reportHtml';
import { rolloutsIn } from '../../rollout/report/rollouts';
import { MOST_ROWS } from '../../rollout/report/timeline';
import { wholeRollout } from '../support/rolloutRecords';
import { page, ROOT, tableRows } from './support/pages';

describe('docs/report.md', () => {
  const text = page('docs/report.md');

  it('has every option', () => {
    const source = readFileSync(path.join(ROOT, 'scripts', 'report.ts'), 'utf8');
    const options = [...source.matchAll(/'(--[a-z]+(?: <[\w.]+>)?)'/g)].map(([, option]) => option!);
    assert.deepEqual(
      tableRows(text, 'option', 'default', 'what').map(([option]) => option!.replaceAll('`', '')),
      options,
    );
  });

  it('has every part of the page, in its order', () => {
    const entries = wholeRollout().flatMap((record) => {
      const entry = readEntry(JSON.stringify(record));
      return entry.kind === 'read' ? [entry.value] : [];
    });
    const html = reportHtml(reportOf(rolloutsIn(entries)[0]!, { sources: [], others: [] }), { policy: '' });
    const headings = [...html.matchAll(/<h2[^>]*>([^<]*)</g)].map(([, heading]) => heading);
    assert.deepEqual(
      tableRows(text, 'part', 'what').map(([part]) => part),
      ['head', ...headings],
    );
    assert.ok(text.text.includes(`The newest ${MOST_ROWS.toLocaleString('en')} lines`));
  });
});
