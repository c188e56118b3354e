import type { UnixSeconds } from '../phases/units';
import type { Assessment } from './assessment';
import { type Cells, checkCells } from './cells';
import { type CourseInput, courseOf } from './course';
import type { Decision } from './decide';
import { sparkline } from './sparkline';

const WIDTH = 24;

/** The table of checks with the course of each metric over the newest hour (scaled), oldest on the left. */
export function checkCellsWithCourse(
  decision: Decision,
  settings: CourseInput['settings'],
  series: NonNullable<Assessment['series']>,
  now: UnixSeconds,
): Cells {
  const { columns, rows } = checkCells(decision);
  const course = (index: number): string =>
    sparkline(courseOf(decision.checks[index]!.spec, { settings, series, now }), WIDTH);
  return { columns: [...columns, 'last hour'], rows: rows.map((row, index) => [...row, course(index)]) };
}
