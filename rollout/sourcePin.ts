import type { SampleSource } from '../phases/settings';

/**
 * Where samples come from, as the ledger pins it when a rollout starts: never with credentials, query or fragment.
 * @param machine name of this machine: the samples of source `endpoint` are on it alone
 */
export function sourceText(source: SampleSource, machine: string): string {
  if (source.kind === 'endpoint') return `endpoint ${machine}`;
  const { origin, pathname } = new URL(source.url);
  return `prometheus ${origin}${pathname.replace(/\/+$/, '')}`;
}
