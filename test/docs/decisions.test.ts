import assert from 'node:assert/strict';
import { LADDER, phaseNamed } from '../../phases/ladder';
import type { CheckSpec, Phase, RuleSpec } from '../../phases/phase';
import { ERROR_COLUMN, matrixMinimumFailed } from '../../phases/rule-specs';
import { parseSettings } from '../../phases/settings';
import { type Judgement, judge } from '../../rollout/assessment';
import { formatLimit } from '../../rollout/format';
import { HEARTBEAT_MOST } from '../../rollout/heartbeat';
import { assessment } from '../support/assessments';
import { LEAST_SETTINGS } from '../support/validSettings';
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

  const { matrixSuccess, ruleMinimumJobs, ruleMinimumFailed, timing } = parseSettings({
    ...LEAST_SETTINGS,
    scrapeInterval: '15s',
  });
  const minutesOf = (length: number): string => `${length / 60} min`;
  const hoursOf = (length: number | undefined): string => `${length! / 3600} h`;
  const five = `${ERROR_COLUMN * 100} %`;
  const rulesOf = (phase: Phase) => phase.rules.filter((rule) => rule.id === 'error-above');
  const numbers: readonly [what: string, sentence: string][] = [
    ['the warm-up', `no rule fires in the first ${minutesOf(timing.warmUp)} after activation`],
    ['the look-back', `rolling values over ${minutesOf(timing.ruleLookBack)} (`],
    ['how far it grows', `which grows to hold them, to ${hoursOf(timing.ruleLookBackMost)} at most`],
    ['the least jobs', `only with ${ruleMinimumJobs} jobs (\`canary:ruleMinimumJobs\`)`],
    ['the least failed jobs', `and ${ruleMinimumFailed} failed ones (\`canary:ruleMinimumFailed\`)`],
    ['those of the matrix line', `with half as many again, ${matrixMinimumFailed(ruleMinimumFailed)}.`],
    ['the oldest heartbeat', `when the heartbeat is ${HEARTBEAT_MOST} s old or older`],
    [
      'the severe error rate',
      `An error rate above ${five} for ${minutesOf(rulesOf(phaseNamed('canary-1')!)[0]!.for)} is ROLLBACK in every phase`,
    ],
    ['the matrix line', `success rate at or below ${matrixSuccess} % (\`canary:matrixSuccess\`)`],
    [
      'the hold of canary-10',
      `stayed there without a break for ${hoursOf(phaseNamed('canary-10')!.matrix.rollbackAfter)}`,
    ],
    ['staleness', `newest sample older than ${minutesOf(timing.staleAfter)}`],
  ];
  for (const [what, sentence] of numbers) {
    it(`has ${what} as the code has it`, () => assert.ok(decisions.text.includes(sentence), sentence));
  }

  it('names the one phase of which the severe error rate is an emergency, and the one that holds for a time', () => {
    const severe = LADDER.filter((phase) => rulesOf(phase).some((rule) => 'emergencyAbove' in rule));
    assert.deepEqual(
      [severe.map(({ name }) => name), decisions.text.includes('and EMERGENCY at canary-100.')],
      [['canary-100'], true],
    );
    const holding = LADDER.filter(({ matrix }) => matrix.rollbackAfter !== undefined).map(({ name }) => name);
    assert.deepEqual(holding, ['canary-10']);
  });

  it('says which rules are external where no watcher is alive', () => {
    const external = rulesIn(judge(assessment('canary-100', { live: 100 }))).filter(
      ({ status }) => status === 'external',
    );
    assert.deepEqual(
      external.map(({ id }) => id),
      ['chat-down', 'worker-oom'],
    );
    assert.match(decisions.text, /\*\*Chat down and OOM\*\* are what the watcher sees itself/);
  });
});

const rulesIn = ({ decision }: Judgement) => decision!.facts.rules;
