import { type AfterKill, BUDGETS, confirmedAfter, type KillOrder, type KillOutcome } from '../rollout/kill';
import type { KillSettings } from './killSettings';
import { colours } from './verifyReport';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** One line of what happens, with the time since the order. */
export function progressLine({ afterMs, way, sentence }: { afterMs: number; way: string; sentence: string }): string {
  return `${seconds(afterMs).padStart(7)}  ${way.padEnd(12)} ${sentence}`;
}

/** What is meant, before anything is done: somebody who reads it may still be on the wrong machine. */
export function heading({ ways, latch }: KillOrder, { cluster, redisName, notes }: KillSettings, uid: string): string {
  return [
    ...notes.map((note) => `note: ${note}`),
    `Killing ${ways.join(', ')}: Deployment ${cluster.deployment} in namespace ${cluster.namespace} of context ${cluster.context} (cluster ${uid}), ${redisName}`,
    `by ${latch.by}: ${latch.reason}`,
  ].join('\n');
}

/** The first confirmation, at once: whoever waits for it reads no further. */
export const offLine = (afterMs: number): string =>
  `${colours.green(colours.bold(`OFF after ${seconds(afterMs)}`))}; going on until every way is done`;

/** How it ended, in one line; then the latch, and what is left to do. */
export function summary(order: KillOrder, outcome: KillOutcome): string {
  const { ways, latched, copied } = outcome;
  const first = confirmedAfter(outcome);
  const confirmed = ways
    .filter(({ state }) => state === 'confirmed')
    .toSorted((a, b) => a.afterMs - b.afterMs)
    .map(({ way, afterMs }) => `${way} ${seconds(afterMs)}`);
  const failed = ways.filter(({ state }) => state === 'failed').map(({ way }) => way);
  const { red, green, bold, yellow } = colours;
  const lines: string[] = [];
  if (first === undefined) {
    lines.push(red(bold('NOT CONFIRMED: the feature may still be on')), "The plan's own commands are in docs/kill.md.");
  } else {
    const over = first > BUDGETS.effective * 1000 ? yellow(`, over the budget of ${BUDGETS.effective} s`) : '';
    const without = failed.length === 0 ? '' : `; without ${failed.join(', ')}`;
    lines.push(`${green(bold(`OFF after ${seconds(first)}`))}${over} (${confirmed.join(', ')})${without}`);
  }
  if (latched === true) {
    const copy = copied === true ? '' : `; the ledger has no copy: ${copied}`;
    lines.push(`LATCHED: every move up is refused until \`npm run resume\`${copy}`);
  } else {
    lines.push(`${red(bold('NOT LATCHED'))}: ${latched}${copied === true ? '; the ledger has the latch' : ''}`);
  }
  if (!order.ways.includes('environment')) {
    lines.push(
      'This lasts only as long as what was switched does: flag, the memory of the pods, the workers. Complete it: npm run kill -- --reason "…"',
    );
  }
  return lines.join('\n');
}

const STATES: Readonly<Record<AfterKill['state'], string>> = {
  good: '',
  late: 'LATE: ',
  failed: 'FAILED: ',
  unseen: 'unseen: ',
};

export const afterLine = ({ what, state, afterMs, sentence }: AfterKill): string =>
  progressLine({ afterMs, way: what, sentence: `${STATES[state]}${sentence}` });
