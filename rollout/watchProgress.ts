import { phaseAfter } from '../phases/ladder';
import type { Timing } from '../phases/timing';
import { hours } from '../phases/units';
import { type Decision, holdingSentence } from './decide';
import type { Lasting } from './watchEvent';

/** A hold by something else than the window that lasts longer is said (ours). */
const HOLD_LONG = hours(1);

/** What a decision says that lasts: that it may go on, that it holds for long, each warning. */
export function progressOf(decision: Decision, timing: Timing): Lasting[] {
  const { verdict, phase, sentence, checks, facts } = decision;
  const found: Lasting[] = [];
  const next = phaseAfter(phase)?.name;
  if (verdict === 'PROMOTE' && next !== undefined) {
    found.push({
      key: `promote:${phase}`,
      kind: 'promotion-possible',
      stays: true,
      sentence: `${sentence}: ${next} may follow`,
    });
  }
  if (verdict === 'COMPLETE')
    found.push({ key: 'complete', kind: 'complete', stays: true, sentence: `the rollout is complete: ${sentence}` });
  const holds = heldBy(decision);
  if (holds.length > 0) {
    const grace = timing.scaled(HOLD_LONG);
    found.push({ key: `hold:${phase}`, kind: 'hold-long', sentence: `held for long: ${holds.join('; ')}`, grace });
  }
  for (const check of checks) {
    if (check.status === 'warn') found.push(warning(`check:${check.spec.id}`, check.sentence));
  }
  for (const rule of facts.rules) {
    if (rule.status === 'violated') found.push(warning(`rule:${rule.id}`, holdingSentence(rule)));
    if (rule.warning !== undefined) found.push(warning(`refused:${rule.id}`, rule.warning));
  }
  return found;
}

/** Whether a key is of what a decision says. */
export const isOfDecision = (key: string): boolean => /^(warning|promote|hold|complete)\b/.test(key);

const warning = (of: string, sentence: string): Lasting => ({
  key: `${WARNING}${of}`,
  kind: 'warning-started',
  sentence,
});
export const WARNING = 'warning:';

/** What holds once the window itself does not. */
function heldBy({ verdict, findings }: Decision): string[] {
  const holds = findings.filter((finding) => finding.verdict === 'HOLD');
  if (verdict !== 'HOLD' || holds.some(({ rule }) => rule === 'window' || rule.startsWith('missing:'))) return [];
  return holds.map(({ sentence }) => sentence);
}

/** What a key of a warning stands for, for people. */
export function titleOf(key: string, { checks, facts }: Decision): string {
  const [, kind, id] = key.split(':');
  const check = kind === 'check' ? checks.find(({ spec }) => spec.id === id)?.spec.title : undefined;
  return check ?? facts.rules.find((rule) => rule.id === id)?.title ?? id ?? key;
}
