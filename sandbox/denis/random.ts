/** Uniform numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** FNV-1a with a final mix, so that the low digits of similar texts spread evenly. */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

const JITTER = 0.005;

/** A factor in 1 ± 0.5 % that depends on the arguments alone: reading it often or seldom changes nothing. */
export function jitter(seed: number, key: string, second: number): number {
  return 1 + JITTER * ((2 * hash32(`${seed}/${key}/${second}`)) / 2 ** 32 - 1);
}

/** Numbers in [0, 1) that fill the interval evenly from the first few on (multiples of the golden ratio). */
export function evenSequence(seed: number): () => number {
  let value = hash32(`even/${seed}`) / 2 ** 32;
  return () => {
    value = (value + 0.6180339887498949) % 1;
    return value;
  };
}

/**
 * A latency at one quantile of a long-tailed distribution with the given 99th percentile; its median is a fifth of
 * that, its maximum 7 % above.
 */
export function latencyAt(quantile: number, p99: number): number {
  return p99 * (0.2 + 0.8 * (quantile / 0.99) ** 8);
}
