/**
 * How long a server asks to wait, in milliseconds, by its header `Retry-After`: seconds, or a date, which is held against the
 * server's own clock where it shows it. Undefined without one that can be read.
 * @param now in milliseconds since 1970
 */
export function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const sent = Date.parse(headers.get('date') ?? '');
  return Math.max(0, until - (Number.isNaN(sent) ? now : sent));
}
