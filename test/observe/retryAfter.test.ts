import assert from 'node:assert/strict';
import { retryAfter } from '../../observe/retryAfter';

const NOW = Date.parse('2026-11-26T09:00:00Z');
const asked = (headers: Record<string, string>): number | undefined => retryAfter(new Headers(headers), NOW);

describe('retryAfter', () => {
  const rows: readonly [what: string, headers: Record<string, string>, ms: number | undefined][] = [
    ['seconds', { 'retry-after': '30' }, 30_000],
    ['no time at all', { 'retry-after': '0' }, 0],
    ['a date', { 'retry-after': 'Thu, 26 Nov 2026 09:00:45 GMT' }, 45_000],
    [
      'a date by a clock that is an hour ahead',
      { 'retry-after': 'Thu, 26 Nov 2026 10:00:45 GMT', date: 'Thu, 26 Nov 2026 10:00:00 GMT' },
      45_000,
    ],
    ['a date that has passed', { 'retry-after': 'Thu, 26 Nov 2026 08:00:00 GMT' }, 0],
    ['nothing', {}, undefined],
    ['neither', { 'retry-after': 'soon' }, undefined],
    ['less than nothing', { 'retry-after': '-5s' }, undefined],
  ];
  for (const [what, headers, ms] of rows) it(`reads ${what}`, () => assert.equal(asked(headers), ms));
});
