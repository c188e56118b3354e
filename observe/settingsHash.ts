import { createHash } from 'node:crypto';
import type { RawSettings } from '../phases/settings';

/**
 * SHA-256 over a stack's settings, whatever the order of their keys, and whether they came as values (from a file) or as text (from
 * Pulumi). Users and passwords in URLs do not take part, nor does whom to tell: its addresses are secrets, and judge nothing.
 */
export function settingsHash({ notify, ...judging }: RawSettings): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(judging)))
    .digest('hex');
}

function canonical(value: unknown): unknown {
  if (typeof value === 'string') {
    const read = fromText(value);
    return typeof read === 'string' ? read.replace(/^([a-z][\w+.-]*:\/\/)[^/?#]*@/i, '$1') : canonical(read);
  }
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, one]) => [key, canonical(one)]));
}

function fromText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
