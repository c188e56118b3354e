import { formatDuration, seconds, unixSeconds } from '../../phases/units';
import { formatTime } from '../format';
import { escaped, grid, list } from '../markdown';
import { budgetText, drillCells, overrideText } from './actions';
import { type CheckCourse, newestOf, spreadOf } from './checkCourses';
import type { Entry, Killed } from './entry';
import { stretchesOf } from './exposurePicture';
import type { Report } from './report';
import { summaryText } from './reportHtml';
import { confirmedText, latchText, MOST_ROWS, secondsText, type TimelineRow } from './timeline';

const timeText = (at: number): string => formatTime(unixSeconds(at), 'seconds');

/** The report for a ticket or a post-mortem, with headings for what no record knows. Pure. */
export function reportMarkdown(report: Report): string {
  const { title, status, kills, fired, overrides, drills, resumes } = report;
  const parts: (string | readonly string[] | undefined)[] = [
    `# ${escaped(`${status.word}: ${title}`)}`,
    escaped(status.sentence),
    escaped(summaryText(report)),
    ['## Impact', '_To be written: who was affected, how, for how long._'],
    ['## Cause', '_To be written._'],
    ['## Exposure', exposureGrid(report)],
    kills.length === 0
      ? undefined
      : ['## Kills and rollbacks', ...kills.map((entry) => killPart(entry, entry.killed!))],
    fired.length === 0
      ? undefined
      : [
          '## Rollback rules that fired',
          list(
            fired.map(({ verdict, title: rule, firedAt, value }) =>
              [`${verdict}: ${rule}`, ...(firedAt === undefined ? [] : [timeText(firedAt)]), value ?? []]
                .flat()
                .join(', '),
            ),
          ),
        ],
    ['## Checks', checksGrid(report.checks)],
    overrides.length === 0
      ? undefined
      : ['## Overrides', list(overrides.flatMap((one) => [overrideText(one), ...one.said]))],
    ...(drills.length === 0 ? [] : [['## Kill drills', ...drills.map(drillPart)]]),
    resumes.length === 0
      ? undefined
      : [
          '## Resumes',
          list(
            resumes.map(
              ({ at, by, reason, resumed }) =>
                `${timeText(at)}, by ${by}: ${reason}; ${resumed!.cleared.length} steps done${resumed!.failed === undefined ? '' : `, failed: ${resumed!.failed}`}`,
            ),
          ),
        ],
    ['## What was decided and done', timelineGrid(report.timeline)],
    ['## What follows', '_To be written: what is changed, by whom, until when._'],
    ['## Where it comes from', list(sourceLines(report))],
  ];
  return `${parts
    .flat()
    .filter((part) => part !== undefined)
    .join('\n\n')}\n`;
}

function exposureGrid(report: Report): string {
  const rows = stretchesOf(report).map(({ at, until, percent }) => [
    percent === 0 ? 'off' : `${percent} %`,
    timeText(at),
    formatDuration(seconds(until - at)),
  ]);
  return rows.length === 0 ? 'No record tells what was live.' : grid({ columns: ['live', 'from', 'for'], rows });
}

function killPart(
  { at, kind, by, reason, verdict }: Entry,
  { rule, confirmedAfterMs: ms, latched, ways, look }: Killed,
): string {
  const head = [
    `${verdict ?? kind}, ${timeText(at)}, by ${by}: ${reason}`,
    ...(rule === undefined ? [] : [`rule ${rule}`]),
  ];
  const rows = [...ways, ...look].map(({ what, state, afterMs, sentence }) => [
    what,
    state,
    secondsText(afterMs),
    sentence,
  ]);
  return [
    `### ${escaped(head.join('; '))}`,
    list([`${confirmedText(ms)}${budgetText(ms)}`, latchText(latched)]),
    grid({ columns: ['what', 'state', 'after', 'found'], rows }),
  ].join('\n\n');
}

function drillPart(entry: Entry): string {
  const head = `### ${escaped(`${timeText(entry.at)}, by ${entry.by}: ${entry.reason}`)}`;
  return [head, grid({ columns: ['way', 'runs', 'p50', 'p95', 'most', 'result'], rows: drillCells(entry) })].join(
    '\n\n',
  );
}

function checksGrid(checks: readonly CheckCourse[]): string {
  const rows = checks.flatMap(({ title, stretches }) =>
    stretches.map((stretch) => [
      title,
      stretch.phase,
      stretch.limitText,
      stretch.kind,
      String(stretch.points.length),
      spreadOf(stretch),
      newestOf(stretch),
      stretch.last,
    ]),
  );
  const columns = ['check', 'phase', 'limit', 'kind', 'judged', 'values', 'newest', 'at last'];
  return rows.length === 0 ? 'No live phase was judged.' : grid({ columns, rows });
}

function timelineGrid(rows: readonly TimelineRow[]): string {
  const shown = rows.slice(-MOST_ROWS);
  const left = rows.length - shown.length;
  const cells = shown.map(({ at, times, word, what, sentence, by }) => [
    timeText(at),
    times === 1 ? word : `${word} (${times} times)`,
    what,
    sentence,
    by,
  ]);
  const table = grid({ columns: ['at', 'what', 'move', 'why', 'by'], rows: cells });
  return left > 0 ? `The ${left} oldest lines are in the journals alone.\n\n${table}` : table;
}

function sourceLines({ sources, revisions, images, others }: Report): string[] {
  return [
    ...sources.map(
      ({ file, records, duplicates, brokenLines }) =>
        `${file}: ${records} records, ${duplicates} known already, ${brokenLines} broken lines`,
    ),
    ...sources.flatMap(({ file, broken }) => broken.map((one) => `${file}:${one}`)),
    ...(revisions.length === 0 ? [] : [`code: ${revisions.join(', ')}`]),
    ...(images.length === 0 ? [] : [`images: ${images.join(', ')}`]),
    ...(others.length === 0 ? [] : [`other rollouts: ${others.join(', ')}`]),
  ];
}
