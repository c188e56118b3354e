import { phaseNamed } from '../phases/ladder';
import type { PhaseName } from '../phases/phase';
import { formatDuration } from '../phases/units';
import type { Judgement } from './assessment';
import type { Cells } from './cells';
import type { CheckResult } from './check';
import type { Decision } from './decide';
import type { GraphIntegrity } from './graphIntegrity';
import { isEarly } from './measurement';
import { plainLine } from './plainText';
import type { RuleResult } from './rollback';
import type { SideCheck } from './sideChecks';
import { EXIT_CODES, verificationOf } from './verification';

/** The phase after which the plan validates. */
export const LAST_PHASE: PhaseName = 'canary-100';

export type LineResult = 'pass' | 'fail' | 'unknown' | 'not yet' | 'not configured';

/** One thing that must be so after 100 %. Plain data. */
export interface ValidatedLine {
  /** Stable, for programs. */
  readonly id: string;
  readonly title: string;
  readonly result: LineResult;
  /** One line. */
  readonly sentence: string;
}

/** A line of which the source did not answer. */
interface Line extends ValidatedLine {
  readonly unread?: true;
}

/** The plan's "after 100 %". */
export interface Validation {
  /** One word for people. */
  readonly word: 'VALIDATED' | 'NOT YET' | 'FAILED' | 'UNREACHABLE' | 'ROLLBACK' | 'EMERGENCY';
  readonly lines: readonly ValidatedLine[];
  readonly exitCode: number;
}

/** What is looked at after 100 % beside what every verification looks at. */
export interface PostRollout {
  /** Undefined where the graph is off by its setting. */
  readonly graph: GraphIntegrity | undefined;
  readonly decisionTrace: SideCheck;
}

export const FAILED = 1;

/** Puts all that must be so after 100 % together. Pure. Only what was seen to be so passes. */
export function validationOf(judgement: Judgement, { graph, decisionTrace }: PostRollout): Validation {
  const { decision, sides } = judgement;
  const last = decision?.phase === LAST_PHASE ? decision : undefined;
  const lines: Line[] = [
    verdictLine(judgement),
    exposureLine(judgement),
    latchLine(judgement),
    workersLine(judgement),
    ...(last === undefined ? [] : [...last.checks.map(checkLine), rulesLine(last.facts.rules)]),
    graphLine(graph),
    sideLine(decisionTrace),
    ...sides.filter(({ kind }) => kind === 'information').map(sideLine),
  ];
  const exitCode = exitCodeOf(decision, lines);
  return { word: WORDS[exitCode]!, lines: lines.map(({ unread: _, ...line }) => line), exitCode };
}

const WORDS: Readonly<Record<number, Validation['word']>> = {
  [EXIT_CODES.good]: 'VALIDATED',
  [FAILED]: 'FAILED',
  [EXIT_CODES.unreachable]: 'UNREACHABLE',
  [EXIT_CODES.wait]: 'NOT YET',
  [EXIT_CODES.ROLLBACK]: 'ROLLBACK',
  [EXIT_CODES.EMERGENCY]: 'EMERGENCY',
};

/** What is known to be bad does not wait for a source that is silent. */
function exitCodeOf(decision: Decision | undefined, lines: readonly Line[]): number {
  if (decision?.verdict === 'EMERGENCY' || decision?.verdict === 'ROLLBACK') return EXIT_CODES[decision.verdict];
  if (lines.some(({ result }) => result === 'fail')) return FAILED;
  if (lines.some(({ unread }) => unread)) return EXIT_CODES.unreachable;
  return lines.every(({ result }) => result === 'pass' || result === 'not configured')
    ? EXIT_CODES.good
    : EXIT_CODES.wait;
}

function verdictLine(judgement: Judgement): Line {
  const { decision, beside } = judgement;
  const line = (result: LineResult, sentence: string): Line => ({ id: 'verdict', title: 'verdict', result, sentence });
  if (decision === undefined) {
    const why = beside.preflight.join('; ') || `nothing is live that could be judged as ${LAST_PHASE}`;
    return line('unknown', why);
  }
  const { verdict, phase, sentence } = decision;
  const said = phase === LAST_PHASE ? `${verdict}: ${sentence}` : `${phase} is live, at ${verdict}`;
  if (verdict === 'ROLLBACK' || verdict === 'EMERGENCY') return line('fail', said);
  if (verdict === 'COMPLETE') return line('pass', said);
  const silent = verificationOf(judgement).exitCode === EXIT_CODES.unreachable;
  return silent ? { ...line('unknown', said), unread: true } : line('not yet', said);
}

function exposureLine(judgement: Judgement): Line {
  const { percent, pods } = verificationOf(judgement);
  const { live, cluster } = judgement.standing;
  const line = (result: LineResult, sentence: string): Line => ({
    id: 'exposure',
    title: 'exposure',
    result,
    sentence,
  });
  const other = pods.filter(({ ok, percent: served }) => !ok && served !== undefined);
  if (other.length > 0) {
    const served = other.map((pod) => `pod ${pod.pod} serves ${pod.percent} %`).join('; ');
    return line('fail', `${served}; ${percent} % is needed`);
  }
  if (live.kind === 'unknown') return { ...line('unknown', live.reasons.join('; ')), unread: true };
  if (live.percent !== percent) return line('fail', `${live.percent} % is live; ${percent} % is needed`);
  const reported = cluster.denis?.replicas ?? 0;
  if (pods.length < reported) return line('not yet', `${pods.length} of ${reported} pods are Ready`);
  return line('pass', `${percent} % on each of ${pods.length} Ready pods`);
}

function latchLine({ standing }: Judgement): Line {
  const { kills, switches, ledger } = standing;
  const line = (result: LineResult, sentence: string): Line => ({ id: 'latch', title: 'no latch', result, sentence });
  if (kills.length > 0) return line('fail', kills.join('; '));
  if (ledger.kind !== 'ledger')
    return line(
      'unknown',
      ledger.kind === 'missing' ? 'the ledger (ConfigMap denis-canary) is missing' : ledger.reason,
    );
  const asked: readonly (readonly [string, typeof switches.flag])[] = [
    ['the Redis flag', switches.flag],
    ...[...switches.killed].map(([pod, told]) => [`the kill state of pod ${pod}`, told] as const),
  ];
  const unread = asked.flatMap(([what, { kind, ...rest }]) =>
    'reason' in rest ? [`${what} cannot be read (${rest.reason})`] : [],
  );
  if (unread.length > 0) return { ...line('unknown', unread.join('; ')), unread: true };
  return line('pass', 'nothing is latched, and no switch is off');
}

function workersLine({ standing: { cluster } }: Judgement): Line {
  const floor = phaseNamed(LAST_PHASE)!.workerFloor;
  const line = (result: LineResult, sentence: string): Line => ({
    id: 'workers',
    title: 'workers',
    result,
    sentence,
  });
  const { workers } = cluster;
  if (workers === undefined)
    return { ...line('unknown', cluster.unread.join('; ') || 'there is no Deployment of the workers'), unread: true };
  return line(workers.readyPods >= floor ? 'pass' : 'fail', `${workers.readyPods} are Ready, ${floor} are needed`);
}

/** Soft or hard: after 100 % every metric must be inside its limit. */
function checkLine(check: CheckResult): Line {
  const { spec, status, failedIn, sentence, window, recent } = check;
  const line = (result: LineResult): Line => ({ id: `check:${spec.id}`, title: spec.title, result, sentence });
  if (status === 'pass') return line('pass');
  if (status === 'off') return line('not configured');
  if (failedIn !== undefined) return line('fail');
  const periods = [window, recent].filter((one) => one !== undefined);
  if (periods.some(({ kind }) => kind === 'unreachable')) return { ...line('unknown'), unread: true };
  return line(periods.some(isEarly) ? 'not yet' : 'unknown');
}

function rulesLine(rules: readonly RuleResult[]): Line {
  const of = (...wanted: RuleResult['status'][]): RuleResult[] => rules.filter(({ status }) => wanted.includes(status));
  const line = (result: LineResult, sentence: string): Line => ({
    id: 'rules',
    title: 'rollback rules',
    result,
    sentence,
  });
  const bad = of('fired', 'violated');
  if (bad.length > 0) return line('fail', bad.map(({ title, status }) => `${title}: ${status}`).join('; '));
  const missing = of('missing');
  if (missing.length > 0) {
    const unread = missing.some(({ why }) => why?.kind === 'unreachable');
    const unknown = line('unknown', `not known: ${missing.map(({ title }) => title).join('; ')}`);
    return unread ? { ...unknown, unread } : unknown;
  }
  const others = [
    [of('external').length, 'watched by another system'],
    [of('off').length, 'switched off'],
  ].flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return line('pass', [`${of('quiet').length} quiet`, ...others].join(', '));
}

function graphLine(graph: GraphIntegrity | undefined): Line {
  const line = (result: LineResult, sentence: string): Line => ({
    id: 'graph',
    title: 'graph integrity',
    result,
    sentence: plainLine(sentence),
  });
  if (graph === undefined) return line('not configured', 'not configured (canary:graph is off)');
  const { status, sentence, counts } = graph;
  if (counts === undefined) return { ...line('unknown', sentence), unread: true };
  const { total, averageAge } = counts;
  const age = averageAge === undefined ? '' : `, ${formatDuration(averageAge)} old on average`;
  return line(status, `${sentence}; in all ${total}${age}`);
}

/** What merely tells passes once all of it was read; error lines are none that may be there. */
function sideLine({ id, title, result, sentence, lines = [] }: SideCheck): Line {
  const line = (found: LineResult): Line => ({ id, title, result: found, sentence: plainLine(sentence) });
  switch (result) {
    case 'pass':
      return line('pass');
    case 'warn':
    case 'fail':
      return line('fail');
    case 'info':
      return id === 'error-lines' && lines.length > 0
        ? { ...line('fail'), sentence: plainLine([sentence, ...lines].join('; ')) }
        : line('pass');
    case 'unknown':
      return { ...line('unknown'), unread: true };
    case 'not-configured':
      return line('not configured');
  }
}

export const validationCells = ({ lines }: Pick<Validation, 'lines'>): Cells => ({
  columns: ['after 100 %', 'result', 'found'],
  rows: lines.map(({ title, result, sentence }) => [title, result, plainLine(sentence)]),
});
