/** The numbers that a picture has room for. */
export interface Range {
  readonly least: number;
  readonly most: number;
}

/**
 * The range of what is drawn, with a little room above and below; one that is never empty. What is not finite is passed over.
 * @param ceiling no room is left above it, because nothing can be there. @default none
 */
export function rangeOf(values: readonly number[], ceiling = Number.POSITIVE_INFINITY): Range {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return { least: 0, most: 1 };
  const least = known.reduce((a, b) => Math.min(a, b));
  const most = known.reduce((a, b) => Math.max(a, b));
  const room = (most - least) * 0.06 || Math.abs(most) * 0.1 || 1;
  return {
    least: least >= 0 ? Math.max(0, least - room) : least - room,
    most: Math.max(most, Math.min(ceiling, most + room)),
  };
}

/** From numbers to places in a picture: `least` comes to `start`, `most` to `end`, what lies beyond to the nearer of them. */
export function scaleTo({ least, most }: Range, start: number, end: number): (value: number) => string {
  const place = (value: number): number => {
    const share = most === least ? 0.5 : (value - least) / (most - least);
    return start + Math.min(1, Math.max(0, share)) * (end - start);
  };
  return (value) => place(value).toFixed(1);
}
