import { formatDuration, hours, type Seconds, type UnixSeconds } from '../phases/units';
import type { Reading } from './cluster';
import { plainText } from './plainText';
import { failingResult, type SideCheck } from './sideChecks';

/** What the plan's two queries found. */
export interface GraphCounts {
  /** Nodes `Materializer` created in the last hour. */
  readonly lastHour: number;
  readonly total: number;
  /** Mean age of all of them; absent where none has a time of creation. Negative: created in the future. */
  readonly averageAge?: Seconds;
  /** Whether the database knows the label at all. */
  readonly labelKnown: boolean;
}

/** Whether the graph holds what the jobs wrote; one sentence says why. */
export interface GraphIntegrity {
  readonly status: 'pass' | 'fail' | 'unknown';
  readonly sentence: string;
  readonly counts?: GraphCounts;
  /** Jobs that succeeded in the same hour, where that is known. */
  readonly succeeded?: number;
}

/** Jobs that end while the two sources are read: fewer than this are no difference. */
const SLACK_JOBS = 3;
/** A time of creation that nobody set is 1970. */
const OLDEST = hours(10 * 365.25 * 24);

/**
 * Judges the graph. Pure. What cannot be read is unknown, never a pass.
 * @param succeeded jobs that succeeded in the hour that the first query looks at
 * @param tolerance percent by which nodes and jobs may differ
 */
export function judgeGraph(
  counts: Reading<GraphCounts>,
  succeeded: Reading<number>,
  tolerance: number,
): GraphIntegrity {
  if (counts.kind === 'unreadable') return { status: 'unknown', sentence: counts.reason };
  const found = counts.value;
  const shared = { counts: found, ...(succeeded.kind === 'read' ? { succeeded: succeeded.value } : {}) };
  const wrong = wrongIn(found);
  if (wrong !== undefined) return { status: 'fail', sentence: wrong, ...shared };
  if (succeeded.kind === 'unreadable') {
    const sentence = `${nodes(found.lastHour)} were created in the last hour, but how many jobs succeeded is not known: ${succeeded.reason}`;
    return { status: 'unknown', sentence, ...shared };
  }
  return { ...compared(found.lastHour, succeeded.value, tolerance), ...shared };
}

/** What is wrong with the graph whatever the jobs did. */
function wrongIn({ total, averageAge, labelKnown }: GraphCounts): string | undefined {
  if (!labelKnown)
    return 'the graph knows no label Materializer; nothing was ever written there, or canary:graph names another database';
  if (total === 0) return undefined;
  if (averageAge === undefined) return `none of ${nodes(total)} has a time in its property created`;
  if (averageAge < 0)
    return `${nodes(total)} are created ${formatDuration(-averageAge as Seconds)} in the future on average; compare the clocks and time zones of workers and Neo4j`;
  if (averageAge > OLDEST)
    return `${nodes(total)} are ${Math.round(averageAge / (365.25 * 86_400))} years old on average; their property created is not the time of creation`;
  return undefined;
}

function compared(lastHour: number, succeeded: number, tolerance: number): Pick<GraphIntegrity, 'status' | 'sentence'> {
  const jobs = `${Math.round(succeeded)} jobs that succeeded`;
  if (succeeded < 1) {
    const sentence = `no job succeeded in the last hour, so its ${nodes(lastHour)} say nothing; ask again once jobs ran`;
    return { status: 'unknown', sentence };
  }
  if (lastHour === 0)
    return { status: 'fail', sentence: `no node was created in the last hour, for ${jobs}: their writes are lost` };
  const allowed = Math.max(SLACK_JOBS, (succeeded * tolerance) / 100);
  const sentence = `${nodes(lastHour)} were created in the last hour, for ${jobs}`;
  if (Math.abs(lastHour - succeeded) <= allowed) return { status: 'pass', sentence };
  const why = lastHour < succeeded ? 'writes are lost' : 'jobs write twice, or somebody else writes';
  return { status: 'fail', sentence: `${sentence}, more than ${tolerance} % apart: ${why}` };
}

const nodes = (count: number): string => `${count} Materializer ${count === 1 ? 'node' : 'nodes'}`;

export const GRAPH = { id: 'graph', title: 'graph integrity' } as const;

/** As a line of the table. */
export function graphCheck(
  { status, sentence }: GraphIntegrity,
  { hard }: { readonly hard: boolean },
  at: UnixSeconds,
): SideCheck {
  const kind = hard ? 'hard' : 'soft';
  return {
    ...GRAPH,
    kind,
    result: status === 'fail' ? failingResult(kind) : status,
    sentence: plainText(sentence),
    at,
  };
}
