import { labelPattern } from './labelPattern';

/** A PromQL selector: which series of which name. */
export interface Selector {
  readonly name: string;
  readonly selects: (labels: ReadonlyMap<string, string>) => boolean;
}

type Matcher = (labels: ReadonlyMap<string, string>) => boolean;

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;
const OPERATOR = /!=|=~|!~|=/y;
const STRING = /"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`/y;
const SPACE = /\s*/y;

/**
 * Reads `name{label="value",other=~"a|b"}`. A label that a series does not have is an empty one, as in Prometheus.
 * @throws Error with one sentence: what was expected, what was found
 */
export function parseSelector(text: string): Selector {
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const need = (pattern: RegExp, expected: string): string => {
    take(SPACE);
    const found = take(pattern);
    take(SPACE);
    if (found !== undefined) return found;
    const rest = text.slice(at, at + 30);
    throw new Error(`expected ${expected}, found ${rest === '' ? 'the end' : JSON.stringify(rest)} in ${text}`);
  };

  const name = need(METRIC_NAME, 'the name of a series');
  const matchers: Matcher[] = [];
  if (take(/\{/y) !== undefined) {
    take(SPACE);
    while (take(/\}/y) === undefined) {
      const label = need(LABEL_NAME, 'the name of a label, or }');
      if (label === '__name__') throw new Error(`expected the name before the braces alone, found __name__ in ${text}`);
      const operator = need(OPERATOR, 'one of = != =~ !~');
      const value = stringIn(need(STRING, 'a text in quotes'), text);
      matchers.push(matcherOf(label, operator, value, text));
      if (text.charAt(at) !== '}') need(/,/y, 'a comma or }');
    }
    take(SPACE);
  }
  if (at < text.length)
    throw new Error(`expected nothing after the selector, found ${JSON.stringify(text.slice(at, at + 30))} in ${text}`);
  return { name, selects: (labels) => matchers.every((matches) => matches(labels)) };
}

function matcherOf(label: string, operator: string, value: string, text: string): Matcher {
  const negated = operator.startsWith('!');
  if (!operator.endsWith('~')) return (labels) => ((labels.get(label) ?? '') === value) !== negated;
  try {
    const pattern = labelPattern(value);
    return (labels) => pattern.test(labels.get(label) ?? '') !== negated;
  } catch (thrown) {
    throw new Error(`the pattern ${JSON.stringify(value)} cannot be read: ${(thrown as Error).message}; in ${text}`);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** A string literal of PromQL: Go's escapes in single or double quotes, none between backquotes. */
function stringIn(literal: string, text: string): string {
  const quote = literal.charAt(0);
  const inner = literal.slice(1, -1);
  if (quote === '`') return inner;
  return inner.replace(/\\(u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)/gs, (escaped, code: string) => {
    const known = code === quote ? quote : ESCAPES[code];
    if (known !== undefined) return known;
    const point = code.length > 1 ? Number.parseInt(code.slice(1), 16) : Number.NaN;
    if (point <= 0x10_ffff && !(point >= 0xd800 && point <= 0xdfff)) return String.fromCodePoint(point);
    throw new Error(`expected another escape than ${escaped} in ${text}`);
  });
}
