import type { KillReading } from '../../observe/killReading';

/** Readings of the cluster that all ways share: kubectl costs a tenth of a second, and seconds while nothing answers. */
export interface Readings {
  /** The first one, begun with the order. */
  readonly first: Promise<KillReading>;
  /** A reading that began after the call. @throws what the reading throws */
  fresh(): Promise<KillReading>;
  /** The newest that succeeded. */
  readonly latest: KillReading | undefined;
}

/** @param onRead told of every one that succeeds */
export function readingsOf(read: () => Promise<KillReading>, onRead: (reading: KillReading) => void): Readings {
  let running: Promise<KillReading> | undefined;
  let next: Promise<KillReading> | undefined;
  let latest: KillReading | undefined;
  const begin = (): Promise<KillReading> => {
    const reading = read().then((found) => {
      latest = found;
      onRead(found);
      return found;
    });
    const done = (): void => {
      if (running === reading) running = undefined;
    };
    reading.then(done, done);
    running = reading;
    return reading;
  };
  const first = begin();
  return {
    first,
    fresh: () => {
      if (running === undefined) return begin();
      next ??= running
        .catch(() => {})
        .then(() => {
          next = undefined;
          return begin();
        });
      return next;
    },
    get latest() {
      return latest;
    },
  };
}
