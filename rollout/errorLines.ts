import type { UnixSeconds } from '../phases/units';
import { clipped, plainLine } from './plainText';
import { redacted } from './redacted';
import type { SideCheck } from './sideChecks';

/** What was read of one pod's log, or why nothing was. */
export interface PodLog {
  readonly pod: string;
  readonly lines: readonly string[];
  /** There were more lines than are read. */
  readonly cut: boolean;
  readonly unread?: string;
}

/** Error lines that differ in numbers, names and times only. */
export interface LineGroup {
  /** The line as it is shown: plain, without secrets, what changes from line to line taken out. */
  readonly shape: string;
  readonly count: number;
  readonly pods: number;
}

const MOST_LINE = 2_000;
const MOST_SHAPE = 160;
const MOST_GROUPS = 10;
/** Shapes beyond these are counted together: a log of which every line is new must not fill the memory. */
const MOST_SHAPES = 1_000;

const ERROR = /\b\w*(?:error|exception)\b|\b(?:critical|fatal|panic)\b|\btraceback\b/i;
const ERROR_LEVELS = /^(?:err|error|critical|crit|fatal|panic|alert|emerg|emergency|severe)$/i;

/** Groups the error lines of all pods by their shape, most frequent first. @param secrets texts that are shown nowhere */
export function groupErrors(
  logs: readonly PodLog[],
  about: RegExp,
  secrets: readonly string[],
): { readonly groups: readonly LineGroup[]; readonly lines: number; readonly shapes: number } {
  const found = new Map<string, { count: number; pods: Set<string> }>();
  let total = 0;
  let beyond = 0;
  for (const { pod, lines } of logs) {
    for (const raw of lines) {
      const line = raw.slice(0, MOST_LINE);
      if (!about.test(line) || !isError(line)) continue;
      total++;
      const shape = shapeOf(line, secrets);
      const known = found.get(shape);
      if (known !== undefined) {
        known.count++;
        known.pods.add(pod);
      } else if (found.size < MOST_SHAPES) found.set(shape, { count: 1, pods: new Set([pod]) });
      else beyond++;
    }
  }
  const groups = [...found]
    .map(([shape, { count, pods }]) => ({ shape, count, pods: pods.size }))
    .sort((a, b) => b.count - a.count || (a.shape < b.shape ? -1 : 1));
  return { groups, lines: total, shapes: groups.length + beyond };
}

/** A line that names its level is believed; another one is an error if it has a word for one. */
function isError(line: string): boolean {
  const record = recordIn(line);
  const level = record?.['level'] ?? record?.['levelname'] ?? record?.['severity'];
  return typeof level === 'string' ? ERROR_LEVELS.test(level) : ERROR.test(line);
}

function recordIn(line: string): Readonly<Record<string, unknown>> | undefined {
  const text = line.trim();
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** What differs from line to line though the message is the same. Order matters: the longer form first. */
const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, ''],
  [/\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/gi, '<id>'],
  [/\b(?:0x)?(?=[a-f]*\d)[\da-f]{8,}\b/gi, '<id>'],
  [/\d+(?:[.,:]\d+)*/g, '<n>'],
];

function shapeOf(line: string, secrets: readonly string[]): string {
  const record = recordIn(line);
  const message = record?.['message'] ?? record?.['msg'] ?? record?.['event'];
  // Masked before anything is taken out of it: a secret with a number in it would not be found again.
  const text = redacted(plainLine(typeof message === 'string' ? message : line), secrets);
  const shape = CHANGING.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), text);
  return clipped(shape.replace(/\s+/g, ' ').trim(), MOST_SHAPE);
}

/** The error lines in one line, and the groups below it. No line is no proof where a log could not be read whole. */
export function errorLinesCheck(
  logs: readonly PodLog[],
  { about, secrets, since, at }: { about: RegExp; secrets: readonly string[]; since: string; at: UnixSeconds },
): SideCheck {
  const { groups, lines, shapes } = groupErrors(logs, about, secrets);
  const unread = logs.filter((log) => log.unread !== undefined);
  const cut = logs.filter((log) => log.cut);
  const read = logs.length - unread.length;
  const [first] = unread;
  const sentence = [
    ...(read === 0
      ? []
      : [`${lines === 0 ? 'none' : `${lines} in ${shapes} groups`} in the logs of ${read} pods since ${since}`]),
    ...(first === undefined ? [] : [`${unread.length} pods not read: pod ${first.pod}: ${first.unread}`]),
    ...(cut.length === 0 ? [] : [`older lines of ${cut.length} pods were not read`]),
    ...(logs.length === 0 ? ['there is no pod of Denis'] : []),
  ].join('; ');
  const shown = groups.slice(0, MOST_GROUPS);
  const more = shapes - shown.length;
  return {
    id: 'error-lines',
    title: 'error lines',
    kind: 'information',
    result: unread.length > 0 || logs.length === 0 ? 'unknown' : 'info',
    sentence,
    at,
    lines: [
      ...shown.map(({ shape, count, pods }) => `${count} × in ${pods} pods: ${shape}`),
      ...(more > 0 ? [`and ${more} more groups`] : []),
    ],
  };
}
