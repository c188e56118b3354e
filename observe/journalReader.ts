import type { MetricKey } from '../phases/metrics';
import type { RawSeries } from './grouping';
import { type JournalLine, readJournalLine, type SeriesName, timeIn } from './sampleLine';
import type { Selector } from './selector';

/** Samples that somebody wants: those of a selector, from a time (excluded) to another one (included), unix seconds. */
export interface Wanted {
  readonly key: MetricKey;
  readonly selector: Selector;
  readonly from: number;
  readonly to: number;
}

interface Row extends RawSeries {
  readonly times: number[];
  readonly values: number[];
}

/** Where one column of a shape goes to, for one pod. */
interface Column {
  readonly index: number;
  readonly from: number;
  readonly to: number;
  readonly row: Row;
}

/** Collects wanted samples from the files of a journal, oldest file first. */
export class JournalReader {
  /** Time of the newest scrape that was read, unix seconds. */
  newest: number | undefined;
  /** What could not be read, one sentence a file. */
  readonly faults: string[] = [];
  private readonly from: number;
  private readonly to: number;
  /** Of each wanted selector, the rows by name, labels and pod. */
  private readonly rows: Map<string, Row>[];

  constructor(private readonly wanted: readonly Wanted[]) {
    this.from = Math.min(...wanted.map(({ from }) => from));
    this.to = Math.max(...wanted.map(({ to }) => to));
    this.rows = wanted.map(() => new Map());
  }

  rowsOf(key: MetricKey, selector: Selector): readonly RawSeries[] {
    const index = this.wanted.findIndex((one) => one.key === key && one.selector === selector);
    return index === -1 ? [] : [...this.rows[index]!.values()];
  }

  /** A last line without its end was being written, or its writer died: it is not there yet. */
  read(file: string, text: string): void {
    const shapes = new Map<string, readonly SeriesName[]>();
    const columns = new Map<string, readonly Column[]>();
    const bad: number[] = [];
    let number = 0;
    for (let start = 0; ; ) {
      const end = text.indexOf('\n', start);
      if (end === -1) break;
      number++;
      // Most lines of a file may lie before what is wanted: their time is enough.
      const time = timeIn(text.slice(start, start + 40));
      if (time === undefined || (time > this.from && time <= this.to)) {
        if (!this.take(readJournalLine(text.slice(start, end)), shapes, columns)) bad.push(number);
      }
      start = end + 1;
    }
    if (bad.length === 0) return;
    const lines = bad.length === 1 ? `line ${bad[0]} cannot` : `${bad.length} lines, the first is ${bad[0]}, cannot`;
    this.faults.push(`${file}: ${lines} be read; the samples in it are missing`);
  }

  /** @returns false for a line that makes no sense */
  private take(
    line: JournalLine | undefined,
    shapes: Map<string, readonly SeriesName[]>,
    columns: Map<string, readonly Column[]>,
  ): boolean {
    if (line === undefined) return false;
    if (line.kind === 'shape') {
      shapes.set(line.id, line.series);
      return true;
    }
    const { at, pod, shape, values } = line;
    const series = shapes.get(shape);
    if (series === undefined || series.length !== values.length) return false;
    if (this.newest === undefined || at > this.newest) this.newest = at;
    const key = `${shape} ${pod}`;
    let found = columns.get(key);
    if (found === undefined) {
      found = this.columnsOf(series, pod);
      columns.set(key, found);
    }
    for (const { index, from, to, row } of found) {
      const entry = values[index]!;
      const [value, time] = Array.isArray(entry) ? (entry as [number | null, number]) : [entry as number | null, at];
      // A time that does not go on is the same sample again, or that of a clock that was set back.
      if (time <= from || time > to || time <= (row.times.at(-1) ?? Number.NEGATIVE_INFINITY)) continue;
      row.times.push(time);
      row.values.push(value ?? Number.NaN);
    }
    return true;
  }

  private columnsOf(series: readonly SeriesName[], pod: string): readonly Column[] {
    return series.flatMap(([name, own], index) => {
      const labels = new Map([...Object.entries(own), ['pod', pod] as const]);
      const key = JSON.stringify([pod, name, own]);
      return this.wanted.flatMap(({ selector, from, to }, which) => {
        if (selector.name !== name || !selector.selects(labels)) return [];
        const rows = this.rows[which]!;
        const row = rows.get(key) ?? { labels, times: [], values: [] };
        rows.set(key, row);
        return [{ index, from, to, row }];
      });
    });
  }
}
