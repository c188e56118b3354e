import assert from 'node:assert/strict';
import { judge } from '../../../rollout/assessment';
import { evidenceOf } from '../../../rollout/evidence';
import { evidencePage } from '../../../rollout/page/evidencePage';
import { moveName } from '../../../rollout/table';
import { assessment } from '../../support/assessments';
import { HOSTILE } from '../../support/hostile';
import { OCCASION } from '../../support/judgements';

const rowsIn = (page: string): string[][] =>
  [...page.matchAll(/<tr role="row">(<th scope="row"[\s\S]*?)<\/tr>/g)].map(([, row]) =>
    [...row!.matchAll(/>([^<]*)<\/t[hd]>/g)].map(([, cell]) => cell!),
  );

describe('rollout/page/evidencePage', () => {
  it('lists records of every kind, newest first', () => {
    const judgement = judge(assessment('canary-50', { live: 10 }));
    const permit = JSON.stringify(evidenceOf(judgement, OCCASION, moveName(judgement)));
    const kill = JSON.stringify({ version: 1, at: '2026-11-25T12:00:01.000Z', kind: 'kill', by: 'ana', ways: [] });
    assert.deepEqual(rowsIn(evidencePage([permit, kill, ''])), [
      ['2026-11-25 12:00:01 UTC', 'kill', 'ana', '–', '–', '–'],
      [
        '2026-11-25 12:00:00 UTC',
        'permit',
        'program',
        'canary-10 → canary-50',
        'PROMOTE',
        'every hard check held for 24h00m',
      ],
    ]);
  });

  it('tells a line that is no record, and escapes what one holds', () => {
    const record = { at: HOSTILE, kind: HOSTILE, by: HOSTILE, stack: HOSTILE, outcome: { sentence: HOSTILE } };
    const page = evidencePage(['{"cut off', '[]', JSON.stringify(record)]);
    assert.deepEqual(
      rowsIn(page)
        .slice(1)
        .map((row) => row[1]),
      ['unreadable', 'unreadable'],
    );
    assert.doesNotMatch(page, /<(script|img)|\u202e/);
  });

  it('lists a hundred at most, and says so of none', () => {
    const line = JSON.stringify({ at: 'x', kind: 'decision' });
    assert.equal(rowsIn(evidencePage(Array.from({ length: 250 }, () => line))).length, 100);
    for (const none of [undefined, [], ['']]) assert.match(evidencePage(none), /No record yet/);
  });
});
