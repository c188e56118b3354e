import { formatLimit } from '../../phases/format-limit';
import type { CheckSpec } from '../../phases/phase';
import { formatDuration, type Seconds } from '../../phases/units';
import type { Assessment } from '../assessment';
import type { Baseline } from '../baseline';
import { limitOf, satisfies } from '../check';
import { courseOf } from '../course';
import { formatValue } from '../format';
import type { Fetched } from '../series';

/** One metric of the dashboard over the time of a digest, with the line of the plan. */
export interface Panel {
  /** `success rate > 98 %` */
  readonly title: string;
  /** One a scrape interval, oldest first; NaN without a sample. */
  readonly values: ArrayLike<number>;
  /** In the metric's unit; undefined without a baseline. */
  readonly limit: number | undefined;
  readonly least: string;
  readonly newest: string;
  readonly most: string;
  /** Share of the samples that are beyond the line; undefined where there is none. */
  readonly beyond: number | undefined;
  /** Whether the newest sample is beyond it. */
  readonly beyondNow: boolean;
  /** Why there is nothing to see; the values are empty then. */
  readonly why?: string;
}

export interface PanelInput {
  readonly assessment: Assessment | undefined;
  readonly baseline: Baseline | undefined;
  readonly length: Seconds;
}

/** One panel of the digest. What was not measured is named, never drawn as well. */
export function panelOf(spec: CheckSpec, { assessment, baseline, length }: PanelInput): Panel {
  const title = `${spec.title} ${formatLimit(spec)}`;
  const limit = limitOf(spec, baseline);
  const without = (why: string): Panel => ({ ...NOTHING, title, limit, why });
  if (assessment?.series === undefined) return without('the metrics were not read');
  const { settings, series, at } = assessment;
  if (settings.kind === 'unreadable') return without(`the settings cannot be read: ${settings.reason}`);
  const found = notFound(series[spec.metric]);
  if (found !== undefined) return without(found);
  const values = courseOf(spec, { settings: settings.value, series, now: at, length });
  const known = Array.from(values).filter(Number.isFinite);
  const newest = known.at(-1);
  if (newest === undefined) return without(`no sample in the last ${formatDuration(length)}`);
  const show = (value: number): string => formatValue(spec, value, baseline?.chatP99);
  const isBeyond = (value: number): boolean => limit !== undefined && !satisfies(value, spec.limit.comparison, limit);
  return {
    title,
    values,
    limit,
    least: show(known.reduce((a, b) => Math.min(a, b))),
    newest: show(newest),
    most: show(known.reduce((a, b) => Math.max(a, b))),
    beyond: limit === undefined ? undefined : known.filter(isBeyond).length / known.length,
    beyondNow: isBeyond(newest),
  };
}

const NOTHING = { values: [], least: '–', newest: '–', most: '–', beyond: undefined, beyondNow: false } as const;

function notFound(fetched: Fetched): string | undefined {
  switch (fetched.kind) {
    case 'off':
      return `switched off: ${fetched.reason}`;
    case 'unreachable':
      return `unreachable: ${fetched.reason}`;
    case 'ambiguous':
      return `ambiguous: ${fetched.detail}`;
    case 'histogram':
      return 'counted in buckets, which the dashboard draws; its value is in the table';
    case 'series':
    case 'ratio':
      return undefined;
  }
}
