import type { CheckResult } from '../check';
import type { Verdict } from '../decide';
import type { RuleResult } from '../rollback';
import { type Html, html } from './html';

/** What a colour says; a sign and a word beside it say the same. */
export type Tone = 'good' | 'info' | 'wait' | 'bad' | 'off';

export const VERDICT_TONES: Record<Verdict, Tone> = {
  COMPLETE: 'good',
  PROMOTE: 'good',
  MONITOR: 'info',
  HOLD: 'wait',
  ROLLBACK: 'bad',
  EMERGENCY: 'bad',
};

export const CHECK_TONES: Record<CheckResult['status'], Tone> = {
  pass: 'good',
  warn: 'wait',
  fail: 'bad',
  unknown: 'wait',
  off: 'off',
};

export const RULE_TONES: Record<RuleResult['status'], Tone> = {
  fired: 'bad',
  violated: 'wait',
  missing: 'wait',
  quiet: 'good',
  external: 'off',
  off: 'off',
};

const SIGNS: Record<Tone, string> = { good: '✓', info: '•', wait: '!', bad: '✕', off: '–' };

/** A word with its sign, in its colour. */
export const toned = (tone: Tone, word: string): Html =>
  html`<span class="word ${tone}"><span aria-hidden="true">${SIGNS[tone]}</span> ${word}</span>`;
