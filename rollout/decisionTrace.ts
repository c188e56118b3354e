import { percentAsRatio, type UnixSeconds } from '../phases/units';
import type { Reading } from './cluster';
import { formatNumber } from './format';
import { failingResult, type SideCheck } from './sideChecks';

export const DECISION_TRACE = { id: 'decision-trace', title: 'decisiontrace writes' } as const;

/**
 * The lowest pod decides: a pod that loses its traces must not be hidden by the others. One that is known to be too low
 * fails though others cannot be read.
 * @param pods `write_success_rate` of each Ready pod, 0–1
 */
export function decisionTraceCheck(
  pods: ReadonlyMap<string, Reading<number>>,
  { minimum, hard }: { /** Percent. */ readonly minimum: number; readonly hard: boolean },
  at: UnixSeconds,
): SideCheck {
  const kind = hard ? 'hard' : 'soft';
  const limit = percentAsRatio(minimum);
  const check = (result: SideCheck['result'], said: string): SideCheck => ({
    ...DECISION_TRACE,
    kind,
    result,
    sentence: `write_success_rate of DecisionTrace ${said}`,
    at,
  });
  const rates = [...pods].flatMap(([pod, reading]) => (reading.kind === 'read' ? [{ pod, rate: reading.value }] : []));
  const unread = [...pods].flatMap(([pod, reading]) =>
    reading.kind === 'unreadable' ? [`pod ${pod}: ${reading.reason}`] : [],
  );
  const lowest = rates.toSorted((a, b) => a.rate - b.rate)[0];
  const least = `≥ ${Number(minimum.toPrecision(12))} % is needed`;
  if (lowest !== undefined && lowest.rate < limit) {
    return check(failingResult(kind), `is ${formatNumber('ratio', lowest.rate, limit)} at pod ${lowest.pod}, ${least}`);
  }
  if (unread.length > 0) return check('unknown', `cannot be read: ${some(unread)}`);
  if (lowest === undefined) return check('unknown', 'cannot be read: no pod of Denis is Ready');
  const of = rates.length === 1 ? `at pod ${lowest.pod}` : `at the lowest of ${rates.length} pods`;
  return check('pass', `is ${formatNumber('ratio', lowest.rate, limit)} ${of}, ${least}`);
}

const MOST_SAID = 3;

function some(all: readonly string[]): string {
  const more = all.length - MOST_SAID;
  return `${all.slice(0, MOST_SAID).join('; ')}${more > 0 ? `; and ${more} more pods` : ''}`;
}
