import assert from 'node:assert/strict';
import { LADDER } from '../../phases/ladder';
import type { CheckSpec, Phase, RuleSpec } from '../../phases/phase';
import { formatLimit } from '../../rollout/format';
import { page, tableRows } from './support/pages';

const decisions = page('docs/decisions.md');
const names = LADDER.map(({ name }) => name);

/** A table as it should be: for each title one cell a phase, `–` where the phase has none. */
function expected<T>(of: (phase: Phase) => readonly T[], titleOf: (one: T) => string, cellOf: (one: T) => string) {
  const titles = new Set(LADDER.flatMap((phase) => of(phase).map(titleOf)));
  return Object.fromEntries(
    [...titles].map((title) => [
      title,
      LADDER.map((phase) => {
        const found = of(phase).find((one) => titleOf(one) === title);
        return found === undefined ? '–' : cellOf(found);
      }),
    ]),
  );
}

const inPage = (header: string, columns: number): Record<string, readonly string[]> =>
  Object.fromEntries(
    tableRows(decisions, header, ...names).map(([title, ...cells]) => [title!, cells.slice(0, columns)]),
  );

const checkCell = (spec: CheckSpec): string =>
  `${formatLimit(spec)} ${spec.kind}${spec.failingMeans === undefined ? '' : `, ${spec.failingMeans}`}`;

const RULES: Record<RuleSpec['id'], string> = {
  'success-below': 'success rate below',
  'success-not-above-matrix': 'success rate not above 98 %',
  'error-above': 'error rate above',
  'chat-down': 'chat down',
  'queue-above': 'queue depth above',
  'worker-oom': 'worker OOM-killed',
  'chat-p99-above-baseline': 'chat p99 above baseline by',
  'memory-above': 'memory of any component above',
};

function ruleCell(rule: RuleSpec): string {
  if (rule.id === 'queue-above') return String(rule.limit);
  const share = 'limit' in rule ? rule.limit : 'by' in rule ? rule.by : undefined;
  return share === undefined ? 'yes' : `${Number((share * 100).toPrecision(6))} %`;
}

function lastsOf(rule: RuleSpec): string {
  if (rule.id === 'chat-down') return `${rule.probes} probes, ${rule.apart} s apart`;
  return 'for' in rule ? `${rule.for / 60} min` : 'at once';
}

describe('docs/decisions.md', () => {
  it('has every promotion check of every phase, with its limit and kind', () => {
    assert.deepEqual(
      inPage('check', LADDER.length),
      expected(
        ({ checks }) => checks,
        ({ title }) => title,
        checkCell,
      ),
    );
  });

  it('has every rollback rule of every phase, with its limit', () => {
    assert.deepEqual(
      inPage('rule', LADDER.length),
      expected(
        ({ rules }) => rules,
        ({ id }) => RULES[id],
        ruleCell,
      ),
    );
  });

  it('has how long each rule must last', () => {
    const lasts = Object.fromEntries(tableRows(decisions, 'rule', ...names).map((row) => [row[0]!, row.at(-1)!]));
    for (const rule of LADDER.flatMap(({ rules }) => rules))
      assert.equal(lasts[RULES[rule.id]], lastsOf(rule), rule.id);
  });
});
