import { ruleCells } from '../cells';
import type { Decision } from '../decide';
import type { RuleResult } from '../rollback';
import { bar } from './bar';
import { type Column, dataTable } from './dataTable';
import { type Html, html } from './html';
import { RULE_TONES, toned } from './tone';

/** Every rollback rule with how long it has been held, of the time that fires it. */
export function rulesSection(decision: Pick<Decision, 'facts'>): Html {
  const { columns, rows } = ruleCells(decision);
  const shown = columns.map((title): Column => (title === 'result' ? { title, place: 'result' } : { title }));
  const cells = rows.map((row, index) => {
    const rule = decision.facts.rules[index]!;
    return [...row.slice(0, -1), toned(RULE_TONES[rule.status], row.at(-1)!), timer(rule)];
  });
  return html`<section aria-labelledby="rules">
<h2 id="rules">Rollback rules</h2>
${dataTable('Rollback rules of the live phase and their timers', [...shown, { title: 'timer', place: 'wide' }], cells)}
</section>`;
}

/** Nothing where a rule counts neither time nor probes. */
function timer({ held, for: needed, probes, status }: RuleResult): Html | undefined {
  if (status === 'off' || status === 'external') return undefined;
  if (status === 'fired') return bar(1, 'bad');
  if (probes !== undefined) return bar(probes.down / probes.of, 'wait');
  return needed === undefined ? undefined : bar(held / needed, 'wait');
}
