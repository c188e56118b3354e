/**
 * A regular expression of a PromQL label matcher, which must match the whole value.
 * Prometheus reads them with RE2. What RE2 and JavaScript read alike is taken, everything else is refused: a pattern never
 * selects other series here than it does there.
 * Source: https://prometheus.io/docs/prometheus/latest/querying/basics/, https://github.com/google/re2/wiki/Syntax
 * @throws Error with one sentence naming what is not understood
 */
export function labelPattern(pattern: string): RegExp {
  let translated = '';
  let inClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    const two = pattern.slice(at, at + 2);
    if (character === '\\') {
      translated += escapeOf(two, inClass);
      at++;
    } else if (inClass) {
      if (two === '[:') throw new Error('it does not understand a named class such as [[:alpha:]]');
      if (character === ']') inClass = false;
      // Within a class RE2 takes these as they are; to JavaScript they mean something, or may mean it one day.
      translated += character === '[' ? '\\[' : character;
    } else if (character === '[') {
      inClass = true;
      if (/^\[\^?\]/.test(pattern.slice(at))) throw new Error('it does not understand ] as the first one of a class');
      translated += character;
    } else if (two === '(?' && pattern[at + 2] !== ':') {
      throw new Error(`it does not understand ${pattern.slice(at, at + 4)}`);
    } else {
      translated += character;
    }
  }
  try {
    return new RegExp(`^(?:${translated})$`, 'su');
  } catch {
    throw new Error('it is no regular expression that Prometheus and this program read alike');
  }
}

const SAME_IN_BOTH = new Set(['\\d', '\\D', '\\w', '\\W', '\\t', '\\n', '\\r', '\\f', '\\v']);
const WORD_EDGES = new Set(['\\b', '\\B']);

function escapeOf(escaped: string, inClass: boolean): string {
  if (SAME_IN_BOTH.has(escaped) || (!inClass && WORD_EDGES.has(escaped))) return escaped;
  const character = escaped.charAt(1);
  // Any punctuation may be escaped in RE2; JavaScript knows each by its number.
  if (/^[!-/:-@[-`{-~]$/.test(character)) return `\\u{${character.codePointAt(0)!.toString(16)}}`;
  throw new Error(`it does not understand ${escaped}`);
}
