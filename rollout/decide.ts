import { phaseNamed } from '../phases/ladder';
import type { CheckSpec, Phase } from '../phases/phase';
import { ERROR_COLUMN } from '../phases/rule-specs';
import { formatDuration, percentAsRatio, type UnixSeconds } from '../phases/units';
import { baselineSentence } from './baseline';
import { type CheckResult, checkOff, judgeCheck, missingSentence } from './check';
import { type DecideInput, factsOf, type PhaseFacts } from './facts';
import { formatNumber, formatTime } from './format';
import { isEarly, type Missing } from './measurement';
import { type OverrideReading, overrideAt } from './override';
import type { RuleResult } from './rollback';
import { holds, warns } from './sideChecks';

/** From mild to severe; the most severe of what is known decides. */
export const SEVERITY = ['COMPLETE', 'PROMOTE', 'MONITOR', 'HOLD', 'ROLLBACK', 'EMERGENCY'] as const;
export type Verdict = (typeof SEVERITY)[number];

/** One reason for one verdict. */
export interface Finding {
  readonly verdict: Verdict;
  /** Stable name of the rule that speaks. */
  readonly rule: string;
  readonly sentence: string;
  /** For a HOLD: when it can next change, where that is known. */
  readonly changesAt?: UnixSeconds;
}

export interface Decision extends Finding {
  readonly phase: Phase['name'];
  /** What it was made of. */
  readonly facts: PhaseFacts;
  /** Finished or queued jobs in the window; undefined when it cannot be known. */
  readonly jobs: number | undefined;
  readonly checks: readonly CheckResult[];
  /** Every finding, most severe first; the first one decided. */
  readonly findings: readonly Finding[];
  readonly warnings: readonly string[];
}

/** The plan's decision on the live phase, from samples. */
export const decide = (input: DecideInput): Decision => conclude(factsOf(input));

/** The plan's decision, from what was measured. Pure. Source: the plan, "Decision", lines 1–5. */
export function conclude(facts: PhaseFacts): Decision {
  const phase = phaseNamed(facts.phase)!;
  const checks = phase.checks.map((spec) => checkOf(spec, facts));
  const override = overrideAt(facts.override, phase, facts.now);
  const known = { facts, phase, checks };
  const found = [...exposureFindings(facts), ...ruleFindings(facts), ...judge(known), ...sideFindings(facts)];
  const findings = found
    .filter((finding) => !overridden(finding, override))
    .sort((a, b) => SEVERITY.indexOf(b.verdict) - SEVERITY.indexOf(a.verdict));
  const decisive = findings[0]!;
  const changesAt = decisive.changesAt ?? latest(findings.filter(({ verdict }) => verdict === decisive.verdict));
  return {
    ...decisive,
    ...(changesAt === undefined ? {} : { changesAt }),
    phase: phase.name,
    facts,
    jobs: facts.jobs.kind === 'value' ? facts.jobs.value : undefined,
    checks,
    findings,
    warnings: [
      ...override.notes,
      ...(facts.baseline?.set === undefined ? [] : [baselineSentence(facts.baseline)]),
      ...found.filter((finding) => overridden(finding, override)).map(({ sentence }) => `overridden: ${sentence}`),
      ...warningsOf(checks.filter((check) => !onlyEarly(check, facts))),
      ...facts.rules.filter(({ status }) => status === 'violated').map(holdingSentence),
      ...facts.rules.flatMap(({ warning }) => warning ?? []),
      ...(facts.sides ?? []).filter(warns).map(({ sentence }) => sentence),
    ],
  };
}

function latest(findings: readonly Finding[]): UnixSeconds | undefined {
  return findings.reduce<UnixSeconds | undefined>(
    (most, { changesAt }) => (changesAt !== undefined && (most === undefined || changesAt > most) ? changesAt : most),
    undefined,
  );
}

function checkOf(spec: CheckSpec, { checks, baseline }: PhaseFacts): CheckResult {
  const facts = checks.find(({ id }) => id === spec.id)!;
  if ('off' in facts) return checkOff(spec, facts.off);
  return judgeCheck({ spec, window: facts.window, recent: facts.recent, baseline });
}

/** Only a check that merely holds is overridden. */
function overridden({ verdict, rule }: Finding, { checks }: OverrideReading): boolean {
  return verdict === 'HOLD' && [...checks].some((id) => rule === `check:${id}`);
}

/** Whether nothing is known of a check only because its window has just begun: the window itself says so. */
function onlyEarly({ failedIn, window: over, recent }: CheckResult, { window }: PhaseFacts): boolean {
  if (window.complete || failedIn !== undefined || over === undefined || !isEarly(over)) return false;
  return recent === undefined || recent.kind === 'value' || isEarly(recent);
}

/** What only warns; checks that a silent source leaves unknown are said together. */
function warningsOf(checks: readonly CheckResult[]): string[] {
  const warning = checks.filter(({ status }) => status === 'warn');
  const silent = warning.filter(({ window }) => window?.kind === 'unreachable');
  const others = warning.filter((check) => !silent.includes(check)).map(({ sentence }) => sentence);
  const [first] = silent;
  if (first?.window?.kind !== 'unreachable') return others;
  return [...others, missingSentence(silent.map(({ spec }) => spec.title).join(', '), first.window)];
}

/** A percentage that no permitted `up` reached is taken back at once; one that is not known to be live holds, and hides no rule. */
function exposureFindings({ livePercent, permittedPercent, uncertain }: PhaseFacts): Finding[] {
  if (uncertain !== undefined) {
    const sentence = `the live exposure is unknown: ${uncertain.join('; ')}; watched as ${livePercent} %`;
    return [{ verdict: 'HOLD', rule: 'missing:exposure', sentence }];
  }
  if (permittedPercent === undefined || livePercent <= permittedPercent) return [];
  return [
    {
      verdict: 'ROLLBACK',
      rule: 'permitted-exposure',
      sentence: `${livePercent} % is live, but only ${permittedPercent} % was ever permitted`,
    },
  ];
}

/** Line 1: a rule that fired. */
function ruleFindings({ rules }: PhaseFacts): Finding[] {
  return rules.flatMap(({ id, verdict, title, firedAt, for: needed, value, probes }) => {
    if (firedAt === undefined) return [];
    const lasted = probes === undefined ? needed && formatDuration(needed) : `${probes.of} probes in a row`;
    const how = lasted === undefined ? '' : ` for ${lasted}`;
    const now = value === undefined ? '' : `, now ${value}`;
    return [{ verdict, rule: `rule:${id}`, sentence: `${title}${how} at ${formatTime(firedAt, 'seconds')}${now}` }];
  });
}

/** @returns e.g. `success rate < 93 % for 40s of 1m00s, now 91.20 %: then ROLLBACK`, `/chat down for 2 of 3 probes: then ROLLBACK` */
export function holdingSentence({ title, held, for: needed, value, verdict, probes }: RuleResult): string {
  if (probes !== undefined) return `${title} for ${probes.down} of ${probes.of} probes: then ${verdict}`;
  const of = needed === undefined ? '' : ` of ${formatDuration(needed)}`;
  return `${title} for ${formatDuration(held)}${of}${value === undefined ? '' : `, now ${value}`}: then ${verdict}`;
}

interface Known {
  readonly facts: PhaseFacts;
  readonly phase: Phase;
  readonly checks: readonly CheckResult[];
}

function judge(known: Known): Finding[] {
  const { facts } = known;
  const missing = missingFindings(known);
  const unfinished = ['unreachable', 'ambiguous'].includes(facts.percentage.kind) ? [] : windowFindings(known);
  const fewJobs = unfinished.some(({ rule }) => rule === 'jobs');
  const atEnd = facts.ended ? checkFindings(known, fewJobs) : [];
  return [...missing, ...unfinished, ...atEnd, goodFinding(known)];
}

/** Line 2: what is missing holds. A source that does not answer is said once, with all that it leaves unknown. */
function missingFindings({ facts, checks }: Known): Finding[] {
  const missing: { readonly id: string; readonly title: string; readonly why: Missing }[] = [];
  const found: Finding[] = [];
  const { window, jobs, percentage } = facts;
  for (const check of checks) {
    const { spec, status, recent, sentence } = check;
    if (status !== 'unknown' || onlyEarly(check, facts)) continue;
    const why = [check.window, recent].find((one): one is Missing => one !== undefined && one.kind !== 'value');
    if (why === undefined) found.push({ verdict: 'HOLD', rule: `missing:${spec.id}`, sentence });
    else missing.push({ id: spec.id, title: spec.title, why });
  }
  if (jobs.kind !== 'value' && (window.complete || !isEarly(jobs)))
    missing.push({ id: 'jobs', title: 'jobs in the window', why: jobs });
  if (percentage.kind !== 'value') missing.push({ id: 'exposure', title: 'reported percentage', why: percentage });
  for (const { id, title, why } of facts.rules) {
    // What a check of the same series said already is not said again.
    if (why === undefined || missing.some((one) => one.why.query === why.query && one.why.query !== '')) continue;
    missing.push({ id: `rule:${id}`, title: `rule "${title}"`, why });
  }
  const silent = missing.filter(({ why }) => why.kind === 'unreachable');
  const [first] = silent;
  if (first !== undefined) {
    const titles = silent.map(({ title }) => title).join(', ');
    const rule = silent.length === 1 ? `missing:${first.id}` : 'missing:source';
    found.push({ verdict: 'HOLD', rule, sentence: missingSentence(titles, first.why) });
  }
  for (const { id, title, why } of missing) {
    if (why.kind !== 'unreachable')
      found.push({ verdict: 'HOLD', rule: `missing:${id}`, sentence: missingSentence(title, why) });
  }
  return found;
}

/** Line 3: the window, and enough jobs in it. */
function windowFindings({ facts, phase }: Known): Finding[] {
  const found: Finding[] = [];
  const { minimumJobs, window, jobs } = facts;
  if (!window.complete) {
    const ends = window.completeAt === undefined ? '' : `, complete ${formatTime(window.completeAt)} at the earliest`;
    const why = window.uncounted.length === 0 ? '' : ` (not counted: ${window.uncounted.join('; ')})`;
    found.push({
      verdict: phase.name === 'canary-100' ? 'MONITOR' : 'HOLD',
      rule: 'window',
      sentence: `window ${formatDuration(window.counted)} of ${formatDuration(window.needed)}${ends}${why}`,
      ...(window.completeAt === undefined ? {} : { changesAt: window.completeAt }),
    });
  }
  if (jobs.kind === 'value' && jobs.value < minimumJobs) {
    found.push({
      verdict: 'HOLD',
      rule: 'jobs',
      sentence: `not enough jobs in the window: ${formatNumber('jobs', jobs.value, minimumJobs)} of ${minimumJobs}`,
    });
  }
  return found;
}

/** Line 4: checks and matrix at the end of the window. A ROLLBACK reads window values alone; the recent slice only holds. */
function checkFindings(known: Known, fewJobs: boolean): Finding[] {
  const { phase, checks } = known;
  const found: Finding[] = [];
  const softFails = checks.some(({ spec, failedIn }) => spec.kind === 'soft' && failedIn === 'window');
  for (const check of checks) {
    if (check.status !== 'fail') continue;
    const success = check.spec.id === 'success-rate';
    if (success && fewJobs) continue;
    const rollsBack =
      check.spec.failingMeans === 'ROLLBACK' ||
      (success && (phase.name === 'canary-1' || (phase.name === 'canary-10' && softFails)));
    found.push({
      verdict: rollsBack && check.failedIn === 'window' ? 'ROLLBACK' : 'HOLD',
      rule: `check:${check.spec.id}`,
      sentence: check.sentence,
    });
  }
  return fewJobs ? found : [...found, ...matrixFindings(known)];
}

/** The cell of the plan's matrix, by window values; the milder cells are the good finding. */
function matrixFindings({ facts, phase, checks }: Known): Finding[] {
  const found: Finding[] = [];
  const windowValue = (id: string): number | undefined => {
    const check = checks.find(({ spec }) => spec.id === id);
    return check?.window?.kind === 'value' ? check.window.value : undefined;
  };
  const success = windowValue('success-rate');
  const line = percentAsRatio(facts.matrixSuccess);
  if (success !== undefined && success <= line) {
    const { successHold: hold } = facts;
    const sentence = `success rate is ${formatNumber('ratio', success, line)}, the matrix needs more than ${facts.matrixSuccess} %`;
    const verdict = phase.matrix.successNotAbove;
    if (hold?.firedAt !== undefined) {
      const stayed = `${sentence}; it stayed so for ${formatDuration(hold.needed)}`;
      found.push({ verdict: 'ROLLBACK', rule: 'matrix:success-held', sentence: stayed });
    } else if (hold?.rollbackAt !== undefined) {
      const until = `${sentence}; ROLLBACK ${formatTime(hold.rollbackAt)} if it stays so`;
      found.push({ verdict, rule: 'matrix:success', sentence: until, changesAt: hold.rollbackAt });
    } else found.push({ verdict, rule: 'matrix:success', sentence });
  }
  const error = windowValue('error-rate');
  if (error !== undefined && error > ERROR_COLUMN) {
    found.push({
      verdict: phase.matrix.errorAboveFivePercent,
      rule: 'matrix:error',
      sentence: `error rate is ${formatNumber('ratio', error, ERROR_COLUMN)}, more than ${formatNumber('ratio', ERROR_COLUMN)}`,
    });
  }
  return found;
}

/** What is hard beside the metrics: it holds at any time, and never rolls back. */
const sideFindings = ({ sides = [] }: PhaseFacts): Finding[] =>
  sides.filter(holds).map(({ id, sentence }) => ({ verdict: 'HOLD', rule: `side:${id}`, sentence }));

/** Line 5: nothing speaks against it. */
function goodFinding({ phase, facts }: Known): Finding {
  const length = formatDuration(facts.window.needed);
  return phase.name === 'canary-100'
    ? { verdict: 'COMPLETE', rule: 'complete', sentence: `every hard check held for ${length} at 100 %` }
    : { verdict: 'PROMOTE', rule: 'promote', sentence: `every hard check held for ${length}` };
}
