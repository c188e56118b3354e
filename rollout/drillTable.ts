import { type DrillMethod, type DrillOutcome, type DrillRun, GOALS, type MethodResult } from './drill';
import { formatNumber } from './format';
import { DEFAULT_WAYS } from './kill';
import { laidOut } from './table';

/** Fewer new jobs per second than this tell the time of the last one only coarsely. */
const COARSE_BELOW = 5;

const COLUMNS = ['method', 'runs', 'p50', 'p95', 'max', 'goal', 'result'] as const;

/** A drill as people read it: seconds from the start of the command to the last new job. Plain text. */
export function drillTable({ methods, runs }: DrillOutcome): string {
  const rows = methods.map(({ method, runs: count, p50, p95, max, result }) => [
    method,
    String(count),
    secondsOf(p50),
    secondsOf(p95),
    secondsOf(max),
    goalOf(method),
    result,
  ]);
  return [...laidOut({ columns: COLUMNS, rows }), ...notes(methods, runs).map((note) => `  ${note}`)].join('\n');
}

const secondsOf = (ms: number | undefined): string => (ms === undefined ? '–' : formatNumber('seconds', ms / 1000));

const goalOf = (method: DrillMethod): string => `p95 ≤ ${GOALS[method]} s`;

function notes(methods: readonly MethodResult[], runs: readonly DrillRun[]): string[] {
  const rates = runs.map(({ jobsPerSecond }) => jobsPerSecond);
  const [least, most] = [Math.min(...rates), Math.max(...rates)].map((rate) => rate.toFixed(rate < 10 ? 1 : 0));
  return [
    ...runs.flatMap(({ method, problem }) => (problem === undefined ? [] : [`${method}: ${problem}`])),
    ...methods.flatMap(({ method, p95 }) =>
      p95 !== undefined && p95 > GOALS[method] * 1000 ? [`${method}: p95 is above its goal`] : [],
    ),
    ...(methods.some(({ method }) => method === 'default') ? [`default: ${DEFAULT_WAYS.join(', ')} together`] : []),
    `before each kill there were ${least === most ? least : `${least}–${most}`} new jobs per second`,
    ...(Math.min(...rates) < COARSE_BELOW
      ? ['with so few jobs the figures are no more exact than the time between two of them']
      : []),
  ];
}

/** One run while the drill goes on. */
export function runSentence({ method, lastJobMs, endedMs, exitCode, problem }: DrillRun, count: string): string {
  if (problem !== undefined) return `${method} ${count}: ${problem}`;
  const ended = `command ended after ${secondsOf(endedMs)} with exit code ${exitCode}`;
  return `${method} ${count}: last new job after ${secondsOf(lastJobMs)}; ${ended}`;
}
