import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { LADDER } from '../../phases/ladder';
import { formatLimit } from '../../rollout/format';
import { ROOT } from './support/pages';

const svg = readFileSync(path.join(ROOT, 'docs', 'ladder.svg'), 'utf8');
const textsIn = (part: string): string[] =>
  [...part.matchAll(/<text[^>]*>([^<]+)<\/text>/g)].map((match) =>
    match[1]!.replaceAll('&lt;', '<').replaceAll('&gt;', '>'),
  );
const steps = [...svg.matchAll(/<g>([\s\S]*?)<\/g>/g)].map((match) => textsIn(match[1]!));

describe('docs/ladder.svg', () => {
  it('has one step a phase', () => {
    assert.equal(steps.length, LADDER.length);
  });

  for (const [index, phase] of LADDER.entries()) {
    it(`gives ${phase.name} its exposure, days, window, workers and hard checks`, () => {
      const [exposure, name, window, workers, , ...checks] = steps[index]!;
      assert.equal(exposure, `${phase.exposure} %`);
      assert.equal(name, `${phase.name} · ${phase.days === '1' ? 'day' : 'days'} ${phase.days}`);
      assert.ok(window?.startsWith(`window ${phase.window / 3600} h`), window);
      assert.equal(workers, `workers ≥ ${phase.workerFloor}`);
      const hard = phase.checks.filter(({ kind }) => kind === 'hard');
      assert.deepEqual(
        checks,
        hard.map((spec) => `${spec.title} ${formatLimit(spec)}`),
      );
    });
  }
});
