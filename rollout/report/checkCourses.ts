import { phaseNamed } from '../../phases/ladder';
import { METRICS } from '../../phases/metrics';
import { CHECK_IDS, type CheckId, type CheckSpec, type PhaseName } from '../../phases/phase';
import { formatLimit, formatValue } from '../format';
import type { CheckedPoint, Entry, Judged } from './entry';

/** One check over the whole rollout, as it was judged: a stretch for each time that a phase was live. */
export interface CheckCourse {
  readonly id: CheckId;
  readonly title: string;
  /** The most that the service can mean, in the metric's unit. */
  readonly ceiling: number;
  readonly stretches: readonly Stretch[];
}

export interface Stretch {
  readonly phase: PhaseName;
  readonly kind: CheckSpec['kind'];
  /** `> 97 %` */
  readonly limitText: string;
  /** In the metric's unit; undefined without a baseline. */
  readonly limit: number | undefined;
  readonly points: readonly Point[];
  /** Result of the last judgement. */
  readonly last: string;
  /** A value of it for people. */
  readonly show: (value: number) => string;
}

export interface Point {
  /** Unix seconds. */
  readonly at: number;
  /** Undefined where it could not be known. */
  readonly value: number | undefined;
  readonly status: string;
}

/** A phase for as long as it was the one that was judged. */
export interface Visit {
  readonly phase: PhaseName;
  readonly judged: readonly { readonly at: number; readonly judged: Judged }[];
}

/** The phases in the order in which they were live, one twice where it was so. Pure. @param entries in the order of time */
export function visitsIn(entries: readonly Entry[]): readonly Visit[] {
  const visits: { phase: PhaseName; judged: { at: number; judged: Judged }[] }[] = [];
  for (const { at, judged } of entries) {
    if (judged === undefined) continue;
    if (visits.at(-1)?.phase !== judged.phase) visits.push({ phase: judged.phase, judged: [] });
    visits.at(-1)!.judged.push({ at, judged });
  }
  return visits;
}

/** Every check that was judged, in the plan's order. Pure. */
export function checkCourses(visits: readonly Visit[]): readonly CheckCourse[] {
  return CHECK_IDS.flatMap((id) => {
    const stretches = visits.flatMap((visit) => stretchOf(id, visit) ?? []);
    const [first] = stretches;
    if (first === undefined) return [];
    const { title, metric } = specOf(id, first.phase)!;
    return [{ id, title, ceiling: METRICS[metric].valid[1], stretches }];
  });
}

const specOf = (id: CheckId, phase: PhaseName): CheckSpec | undefined =>
  phaseNamed(phase)?.checks.find((spec) => spec.id === id);

function stretchOf(id: CheckId, { phase, judged }: Visit): Stretch | undefined {
  const spec = specOf(id, phase);
  const found = judged.flatMap(({ at, judged: { checks, baseline } }) => {
    const check = checks.find((one) => one.id === id);
    return check === undefined ? [] : [{ at, check, baseline }];
  });
  const last = found.at(-1);
  if (spec === undefined || last === undefined) return undefined;
  const limits = found.flatMap(({ check: { limit } }) => limit ?? []);
  return {
    phase,
    kind: spec.kind,
    limitText: formatLimit(spec),
    limit: limits.at(-1),
    points: found.map(({ at, check }) => pointOf(at, check)),
    last: last.check.status,
    show: (value) => formatValue(spec, value, last.baseline),
  };
}

const pointOf = (at: number, { value, status }: CheckedPoint): Point => ({ at, value, status });

/** `98.40 % to 99.80 %`, the least and the most of what was judged; a dash where nothing could be known. */
export function spreadOf({ points, show }: Stretch): string {
  const known = points.flatMap(({ value }) => value ?? []);
  if (known.length === 0) return '–';
  const [least, most] = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))].map(show);
  return least === most ? least! : `${least} to ${most}`;
}

/** The newest value that was known, for people. */
export function newestOf({ points, show }: Stretch): string {
  const newest = points.findLast(({ value }) => value !== undefined);
  return newest?.value === undefined ? '–' : show(newest.value);
}
