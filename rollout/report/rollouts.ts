import type { Entry } from './entry';

/** The records of one rollout, in the order of time. */
export interface Rollout {
  /** Of the ledger; absent where no record names it. */
  readonly id?: string;
  /** Of the permit that began it, or of its first record. */
  readonly startedAt: number;
  /** What was written down of it: from the end of the one before, drills too, to its own end. */
  readonly entries: readonly Entry[];
}

/**
 * Divides what happened into rollouts, oldest first. One begins with the permit of canary-1 from 0, or where the ledger names another
 * one; what was written down since the end of the one before it, such as a drill, belongs to it. Pure.
 * @param entries in the order of time
 */
export function rolloutsIn(entries: readonly Entry[]): readonly Rollout[] {
  const starts = startsIn(entries);
  if (starts.length === 0) return entries.length === 0 ? [] : [{ startedAt: entries[0]!.at, entries }];
  const firsts = starts.map(({ index }, nth) => (nth === 0 ? 0 : afterEnd(entries, starts[nth - 1]!.index, index)));
  return starts.map(({ index, id }, nth) => ({
    ...(id === undefined ? {} : { id }),
    startedAt: entries[index]!.at,
    entries: entries.slice(firsts[nth], firsts[nth + 1]),
  }));
}

interface Start {
  readonly index: number;
  readonly id: string | undefined;
}

function startsIn(entries: readonly Entry[]): readonly Start[] {
  const starts: { index: number; id: string | undefined }[] = [];
  for (const [index, entry] of entries.entries()) {
    const last = starts.at(-1);
    if (begins(entry)) {
      // The move of the permit may be tried twice; the first one that is followed by a ledger's id began it.
      if (last === undefined || last.id !== undefined || endsBetween(entries, last.index, index)) {
        starts.push({ index, id: undefined });
      }
    } else if (entry.rollout !== undefined && entry.rollout !== last?.id) {
      if (starts.some(({ id }) => id === entry.rollout)) continue;
      if (last !== undefined && last.id === undefined) last.id = entry.rollout;
      else starts.push({ index, id: entry.rollout });
    }
  }
  return starts;
}

const begins = ({ kind, mode, stack, permit }: Entry): boolean =>
  kind === 'permit' && mode === 'update' && stack === 'canary-1' && permit?.direction === 'up';

/** What ends a rollout, or tells of one that has ended. */
const ends = ({ kind, verdict }: Entry): boolean =>
  kind === 'kill' || kind === 'rollback' || kind === 'resume' || verdict === 'COMPLETE';

const endsBetween = (entries: readonly Entry[], from: number, to: number): boolean =>
  entries.slice(from + 1, to).some(ends);

/** Where the next one's records begin: behind the last end of this one, else where the next one starts. */
function afterEnd(entries: readonly Entry[], from: number, next: number): number {
  for (let index = next - 1; index > from; index--) if (ends(entries[index]!)) return index + 1;
  return next;
}
