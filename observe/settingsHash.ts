import { createHash } from 'node:crypto';
import type { RawSettings } from '../phases/settings';

/** SHA-256 over a stack's settings, whatever the order of their keys: users and passwords in URLs do not take part. */
export function settingsHash(raw: RawSettings): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(raw)))
    .digest('hex');
}

function canonical(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const sorted = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, one]) => [key, canonical(one)]));
}
