import type { PhaseName } from '../phases/phase';
import { formatDuration, seconds, type UnixSeconds } from '../phases/units';
import type { Cells } from './cells';
import { plainLine } from './plainText';

/** The phase that the plan calls the capacity test: DecisionTrace, graph and load test are its checks. */
export const CAPACITY_TEST: PhaseName = 'canary-50';

/** `information` says what is there and judges nothing; `soft` warns, `hard` holds. */
export type SideKind = 'information' | 'soft' | 'hard';

/**
 * What was found of one thing that no metric tells, such as a load test or the jobs that run: a further line of the table.
 * It never rolls back. `info` is the result of what judges nothing.
 */
export interface SideCheck {
  /** Stable, for programs. */
  readonly id: string;
  readonly title: string;
  readonly kind: SideKind;
  readonly result: 'pass' | 'warn' | 'fail' | 'info' | 'unknown' | 'not-configured';
  /** One line, plain and bounded; it names what it is about. */
  readonly sentence: string;
  /** When it was found; absent where nothing was looked at. */
  readonly at?: UnixSeconds;
  /** What else is to be said, a line each. */
  readonly lines?: readonly string[];
}

/** A system that is off by its setting. @param key of the setting, without prefix */
export const notConfigured = (id: string, title: string, kind: SideKind, key: string): SideCheck => ({
  id,
  title,
  kind,
  result: 'not-configured',
  sentence: `not configured (canary:${key} is off)`,
});

/** What a check that does not hold its limit is: a failure where it is hard, else a warning. */
export const failingResult = (kind: 'soft' | 'hard'): 'fail' | 'warn' => (kind === 'hard' ? 'fail' : 'warn');

/** A hard one keeps the phase unless it passed: one that is not known, or not configured, did not. */
export const holds = ({ kind, result }: SideCheck): boolean => kind === 'hard' && result !== 'pass';

/** A soft one that was looked at and did not pass is said; so is one without data. */
export const warns = ({ kind, result }: SideCheck): boolean =>
  kind === 'soft' && (result === 'warn' || result === 'fail' || result === 'unknown');

/** Those that judge the live phase. */
export const judging = (sides: readonly SideCheck[]): readonly SideCheck[] =>
  sides.filter(({ kind }) => kind !== 'information');

export const sideCells = (sides: readonly SideCheck[], now: UnixSeconds): Cells => ({
  columns: ['beside the metrics', 'kind', 'age', 'result', 'found'],
  rows: sides.map(({ title, kind, result, sentence, at }) => [
    title,
    kind === 'information' ? '–' : kind,
    at === undefined ? '–' : formatDuration(seconds(Math.max(0, now - at))),
    result === 'info' ? '–' : result === 'not-configured' ? 'not configured' : result,
    result === 'not-configured' ? '–' : plainLine(sentence),
  ]),
});

/** What is said below the table. */
export const sideNotes = (sides: readonly SideCheck[]): string[] =>
  sides.flatMap(({ title, lines = [] }) => lines.map((line) => `${title}: ${plainLine(line)}`));
