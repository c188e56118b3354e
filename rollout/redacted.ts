import { plainText } from './plainText';

/** A shorter one would also be found inside ordinary words. */
const LEAST_SECRET = 6;
const MASK = '[secret]';

/** What looks like a secret, whosoever it is. Each pattern reads a text once, however long it is. */
const PATTERNS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  // A URL's user and password; the password may hold anything but a slash.
  [/:\/\/[^\s/?#]*@/g, `://${MASK}@`],
  [/(hooks\.slack\.com\/)[^\s"'<>|)]+/gi, `$1${MASK}`],
  [/\b(authorization["']?\s{0,3}[:=]\s{0,3}["']?)(?:(?:basic|bearer|token)\s{1,3})?[^\s"',;]+/gi, `$1${MASK}`],
  [/\b(bearer\s{1,3})[\w.~+/=-]{8,}/gi, `$1${MASK}`],
  [/(?<![\w-])eyJ[\w-]{8,}\.[\w.-]+/g, MASK],
  [
    /(?<![a-z0-9])((?:pass(?:word|wd|phrase)?|secret|token|api[_-]?key)(?:=|["']\s{0,3}:\s{0,3}["']))[^\s"'&,;]+/gi,
    `$1${MASK}`,
  ],
];

/**
 * Masks secrets in a plain text: the ones named, also line by line and as they stand in a URL, and what looks like one.
 * @param secrets shorter ones than six characters are no secrets
 */
export function redacted(text: string, secrets: readonly string[]): string {
  const known = secrets
    .map(plainText)
    .flatMap((secret) => [secret, ...secret.split('\n')])
    .map((secret) => secret.trim())
    .flatMap((secret) => [secret, encodeURIComponent(secret)])
    .filter((secret) => secret.length >= LEAST_SECRET)
    // Longest first: a secret may be part of another.
    .sort((a, b) => b.length - a.length);
  const without = known.reduce((rest, secret) => rest.replaceAll(secret, MASK), text);
  return PATTERNS.reduce((rest, [pattern, instead]) => rest.replace(pattern, instead), without);
}
