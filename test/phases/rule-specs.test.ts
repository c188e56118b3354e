import assert from 'node:assert/strict';
import { LADDER } from '../../phases/ladder';
import type { PhaseName, RuleSpec } from '../../phases/phase';

const minutes = (count: number): number => count * 60;
const chatDown = { id: 'chat-down', probes: 3, apart: 10, timeout: 5 };
const queue = { id: 'queue-above', limit: 500, for: minutes(10) };
const oom = { id: 'worker-oom' };
const chatP99 = { id: 'chat-p99-above-baseline', by: 0.3, for: minutes(5) };
const memory = { id: 'memory-above', limit: 0.9, for: minutes(5) };

/** The plan's rollback table, column by column; `for` in seconds. */
const TABLE: Record<PhaseName, readonly object[]> = {
  'canary-1': [
    { id: 'success-below', limit: 0.9, for: minutes(1) },
    { id: 'error-above', limit: 0.05, for: minutes(1) },
    chatDown,
  ],
  'canary-10': [
    { id: 'success-below', limit: 0.93, for: minutes(1) },
    { id: 'error-above', limit: 0.03, for: minutes(1) },
    chatDown,
    queue,
    oom,
  ],
  'canary-50': [
    { id: 'success-below', limit: 0.95, for: minutes(1) },
    { id: 'error-above', limit: 0.03, for: minutes(1) },
    chatDown,
    queue,
    oom,
    chatP99,
    memory,
  ],
  'canary-100': [
    { id: 'success-below', limit: 0.95, for: minutes(1) },
    { id: 'success-not-above-matrix', for: minutes(10) },
    { id: 'error-above', limit: 0.03, emergencyAbove: 0.05, for: minutes(1) },
    chatDown,
    queue,
    oom,
    chatP99,
    memory,
  ],
};

describe('phases/rule-specs', () => {
  const ids = [...new Set(Object.values(TABLE).flatMap((rules) => rules.map((rule) => (rule as RuleSpec).id)))];
  for (const { name, rules } of LADDER) {
    for (const id of ids) {
      const expected = TABLE[name].find((rule) => (rule as RuleSpec).id === id);
      it(`${expected === undefined ? `has no rule ${id} at ${name}` : `rolls ${name} back on ${JSON.stringify(expected)}`}`, () => {
        assert.deepEqual(
          rules.filter((rule) => rule.id === id),
          expected === undefined ? [] : [expected],
        );
      });
    }
    it(`gives ${name} no rule beyond the plan's`, () => {
      assert.deepEqual(
        rules.map(({ id }) => id),
        TABLE[name].map((rule) => (rule as RuleSpec).id),
      );
    });
  }

  it('keeps every rule of an earlier phase in the later ones', () => {
    LADDER.slice(1).forEach((phase, index) => {
      const kept = phase.rules.map(({ id }) => id);
      for (const { id } of LADDER[index]!.rules) assert.ok(kept.includes(id), `${phase.name} lost ${id}`);
    });
  });
});
