import { UserError } from '../phases/userError';

/** One series of an exposition, at the moment it was asked for. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** NaN and infinities included. */
  readonly value: number;
  /** Milliseconds since 1970, where the service gives its own; undefined: the moment of the scrape. */
  readonly timestamp: number | undefined;
}

const MOST_CHARACTERS = 16 * 1024 * 1024;
const MOST_LINES = 200_000;
const MOST_CHARACTERS_A_LINE = 256 * 1024;
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

const BLANKS = /[ \t]*/y;
const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const LABEL_VALUE = /"[^"\\]*(?:\\[\\"n][^"\\]*)*"/y;
const TOKEN = /[^ \t]+/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const ESCAPED: Readonly<Record<string, string>> = { '\\\\': '\\', '\\"': '"', '\\n': '\n' };

/**
 * Reads Prometheus' text format, version 0.0.4; a histogram or summary is the series it consists of. Lines may end in CRLF.
 * `# EOF` of OpenMetrics is the comment that it is in this format; what else differs there (exemplars, types) is refused.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
 * @throws UserError `exposition` naming the line, what was expected and what was found
 */
export function parseExposition(text: string): ExposedSample[] {
  if (text.length > MOST_CHARACTERS) {
    throw new UserError('exposition', `expected at most ${MOST_CHARACTERS} characters, found ${text.length}`);
  }
  const described = new Set<string>();
  const names = new Set<string>();
  const series = new Set<string>();
  const samples: ExposedSample[] = [];
  let number = 0;
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    const line = new Line(text.slice(start, end === -1 ? undefined : end).replace(/\r$/, ''), ++number);
    if (end === -1) line.fail('a line feed at its end (the answer was cut off)');
    if (number > MOST_LINES) line.fail(`at most ${MOST_LINES} lines`);
    if (end - start > MOST_CHARACTERS_A_LINE) line.fail(`at most ${MOST_CHARACTERS_A_LINE} characters in a line`);
    start = end + 1;
    if (line.ended()) continue;
    if (line.skip('#')) {
      readComment(line, described, names);
      continue;
    }
    const sample = readSample(line);
    const key = keyOf(sample);
    if (series.has(key)) line.fail('each series once', 'one that was there before');
    series.add(key);
    names.add(sample.name);
    samples.push(sample);
  }
  return samples;
}

/** HELP and TYPE must be well formed, though only their form matters here; every other comment is free text. */
function readComment(line: Line, described: Set<string>, names: ReadonlySet<string>): void {
  const kind = line.ended() ? '' : line.take(TOKEN, 'text');
  if (kind !== 'HELP' && kind !== 'TYPE') return;
  line.ended();
  const name = line.take(METRIC_NAME, `the name of a metric after ${kind}`);
  if (!line.ended() && !line.afterBlank()) line.fail('a blank after the name of the metric');
  if (described.has(`${kind} ${name}`)) line.fail(`one ${kind} line for ${name}`, 'a second one');
  described.add(`${kind} ${name}`);
  if (kind === 'HELP') return;
  const type = line.take(TOKEN, `one of ${TYPES.join(', ')}`);
  if (!TYPES.includes(type)) line.fail(`one of ${TYPES.join(', ')}`, JSON.stringify(type.slice(0, 40)));
  if (!line.ended()) line.fail('nothing after the type');
  if (names.has(name)) line.fail(`the TYPE line of ${name} before its series`, 'one after them');
}

function readSample(line: Line): ExposedSample {
  const name = line.take(METRIC_NAME, 'the name of a series, or a comment');
  const labels = new Map<string, string>();
  line.ended();
  const braces = line.skip('{');
  if (braces) readLabels(line, labels);
  if (line.ended()) line.fail('a value');
  if (!braces && !line.afterBlank()) line.fail('a blank, or labels in braces');
  const written = line.take(TOKEN, 'a value');
  const value = numberOf(written);
  if (value === undefined) line.fail('a number, NaN, +Inf or -Inf', JSON.stringify(written.slice(0, 40)));
  if (line.ended()) return { name, labels, value, timestamp: undefined };
  const time = line.take(TOKEN, 'a timestamp');
  const timestamp = /^[+-]?\d+$/.test(time) ? Number(time) : Number.NaN;
  if (!Number.isSafeInteger(timestamp)) line.fail('a timestamp in milliseconds', JSON.stringify(time.slice(0, 40)));
  if (!line.ended()) line.fail('nothing after the timestamp');
  return { name, labels, value, timestamp };
}

function readLabels(line: Line, labels: Map<string, string>): void {
  for (;;) {
    line.ended();
    if (line.skip('}')) return;
    const name = line.take(LABEL_NAME, 'the name of a label, or }');
    if (labels.has(name)) line.fail('each label once', `${name} again`);
    line.ended();
    if (!line.skip('=')) line.fail('= after the name of a label');
    line.ended();
    const quoted = line.take(LABEL_VALUE, 'a value in double quotes, with \\\\, \\" and \\n as its only escapes');
    labels.set(
      name,
      quoted.slice(1, -1).replace(/\\./g, (escaped) => ESCAPED[escaped]!),
    );
    line.ended();
    if (line.skip('}')) return;
    if (!line.skip(',')) line.fail('a comma or } after a label');
  }
}

/** As Go reads floats; hexadecimal ones are not part of the format. `Nan` is how prom-client spells it. */
function numberOf(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text);
  if (/^[+-]?nan$/i.test(text)) return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(text))
    return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return undefined;
}

const keyOf = ({ name, labels }: ExposedSample): string =>
  labels.size === 0 ? name : JSON.stringify([name, ...[...labels].sort(([a], [b]) => (a < b ? -1 : 1))]);

/** A line that is read from left to right. */
class Line {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly number: number,
  ) {}

  /** Goes past blanks. @returns whether nothing follows */
  ended(): boolean {
    BLANKS.lastIndex = this.at;
    this.at += BLANKS.exec(this.text)![0].length;
    return this.at === this.text.length;
  }

  afterBlank(): boolean {
    return /[ \t]/.test(this.text.charAt(this.at - 1));
  }

  skip(character: string): boolean {
    if (this.text.charAt(this.at) !== character) return false;
    this.at++;
    return true;
  }

  /** @param pattern sticky */
  take(pattern: RegExp, expected: string): string {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? this.fail(expected);
    this.at += found.length;
    return found;
  }

  fail(expected: string, found?: string): never {
    const rest = this.text.slice(this.at, this.at + 40);
    const what = found ?? (rest === '' ? 'the end of the line' : JSON.stringify(rest));
    throw new UserError('exposition', `line ${this.number}: expected ${expected}, found ${what}`);
  }
}
