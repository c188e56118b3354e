import type { Tone } from '../page/tone';
import { VERDICT_TONES } from '../page/tone';
import type { Entry } from './entry';

/** One line of what happened: a record, or several in a row that say the same. */
export interface TimelineRow {
  /** Unix seconds, of the first one. */
  readonly at: number;
  /** Of the last one. */
  readonly until: number;
  readonly times: number;
  readonly tone: Tone;
  /** `PROMOTE`, `permit`, `refusal`, `kill` … */
  readonly word: string;
  readonly what: string;
  /** Whether it judged what would be, and moved nothing. */
  readonly isPreview: boolean;
  readonly by: string;
  readonly sentence: string;
}

/** What is told at most: pictures and sums are of everything. */
export const MOST_ROWS = 1_000;

/** What was decided and done, in the order of time; the newest {@link MOST_ROWS}. Pure. */
export function timelineOf(entries: readonly Entry[]): readonly TimelineRow[] {
  const rows: TimelineRow[] = [];
  for (const entry of entries) {
    const row = rowOf(entry);
    const last = rows.at(-1);
    if (last !== undefined && keyOf(last) === keyOf(row)) {
      rows[rows.length - 1] = { ...last, until: row.at, times: last.times + 1 };
    } else rows.push(row);
  }
  return rows;
}

const keyOf = ({ word, what, by, sentence }: TimelineRow): string => JSON.stringify([word, what, by, sentence]);

function rowOf(entry: Entry): TimelineRow {
  const { at, kind, by, mode, stack, move, verdict } = entry;
  const isPreview = mode === 'preview';
  return {
    at,
    until: at,
    times: 1,
    tone: toneOf(entry),
    word: kind === 'decision' ? (verdict ?? kind) : kind,
    what: `${move ?? stack ?? ''}${isPreview ? ' (preview)' : ''}`,
    isPreview,
    by,
    sentence: sentenceOf(entry),
  };
}

function toneOf({ kind, verdict, permit, resumed, drilled }: Entry): Tone {
  switch (kind) {
    case 'kill':
    case 'rollback':
      return 'bad';
    case 'permit':
      return permit?.direction === 'up' ? 'good' : 'info';
    case 'refusal':
      return 'wait';
    case 'resume':
      return resumed?.failed === undefined ? 'info' : 'bad';
    case 'drill':
      return drilled?.every(({ result }) => result === 'good') ? 'good' : 'bad';
    default:
      return verdict !== undefined && Object.hasOwn(VERDICT_TONES, verdict)
        ? VERDICT_TONES[verdict as keyof typeof VERDICT_TONES]
        : 'info';
  }
}

function sentenceOf({ kind, verdict, sentence, permit, killed, resumed, drilled, reason }: Entry): string {
  if (killed !== undefined)
    // A reason may be endless: what matters more stands before it.
    return [confirmedText(killed.confirmedAfterMs), latchText(killed.latched), reason].join('; ');
  if (resumed !== undefined) {
    const failed = resumed.failed === undefined ? '' : `; failed: ${resumed.failed}`;
    return `${reason}; ${resumed.cleared.length} steps done${failed}`;
  }
  if (drilled !== undefined)
    return [reason, ...drilled.map(({ method, runs, result }) => `${method} ${result} (${runs})`)].join('; ');
  const judged = verdict === undefined ? sentence : `${verdict}: ${sentence ?? ''}`;
  if (kind === 'refusal') return permit?.reasons.join('; ') ?? judged ?? '';
  if (kind === 'permit') return judged ?? permit?.reasons.join('; ') ?? '';
  return sentence ?? reason ?? '';
}

/** @param ms after the order; undefined where no way was confirmed */
export const confirmedText = (ms: number | undefined): string =>
  ms === undefined ? 'NOT CONFIRMED off' : `confirmed off after ${secondsText(ms)}`;

export const latchText = (latched: true | string): string => (latched === true ? 'latched' : `NOT LATCHED: ${latched}`);

export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
