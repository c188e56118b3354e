export interface Pair {
  readonly a: number;
  readonly b: number;
}

/** Runs both in turn, A B A B …, after one uncounted round, so that a drift of the machine's speed meets both. Seconds. */
export async function pairs(rounds: number, a: () => Promise<number>, b: () => Promise<number>): Promise<Pair[]> {
  await a();
  await b();
  const found: Pair[] = [];
  for (let round = 0; round < rounds; round++) found.push({ a: await a(), b: await b() });
  return found;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** `2.41 s (2.30–2.80, n 10)` */
export function shown(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${median(values).toFixed(2)} s (${least.toFixed(2)}–${most.toFixed(2)}, n ${values.length})`;
}
