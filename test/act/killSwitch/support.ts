import { jobSeries, lookoutOn } from '../../../act/killSwitch/lookout';
import type { Readings } from '../../../act/killSwitch/readings';
import type { WayContext } from '../../../act/killSwitch/way';
import type { KillReading } from '../../../observe/killReading';
import type { PodAccess } from '../../../observe/podAccess';
import type { PodState } from '../../../rollout/cluster';
import { denisState } from '../../support/clusterState';
import { validSettings } from '../../support/validSettings';

/** A reading that found these pods. */
export function readingOf(pods: readonly PodState[], own: Partial<KillReading> = {}): KillReading {
  const denis = { denis: denisState(10, { pods }), paused: false, moveUnderWay: false, resourceVersion: '1' };
  return { uid: 'u', denis, workers: undefined, token: undefined, unlisted: undefined, ...own };
}

/** Readings that find these, one after the other, the last one again and again. */
export function readingsThat(...found: readonly (KillReading | Error)[]): Readings {
  let next = 0;
  let latest: KillReading | undefined;
  const read = async (): Promise<KillReading> => {
    const reading = found[Math.min(next++, found.length - 1)]!;
    if (reading instanceof Error) throw reading;
    latest = reading;
    return reading;
  };
  const first = read();
  first.catch(() => {});
  return {
    first,
    fresh: read,
    get latest() {
      return latest;
    },
  };
}

/** The context of one way, without a kubectl; whoever takes it stops the lookout. */
export function wayContext(
  access: PodAccess,
  readings: Readings,
  own: Partial<WayContext> = {},
): WayContext & { readonly said: readonly string[] } {
  const begun = performance.now();
  const elapsed = (): number => performance.now() - begun;
  const said: string[] = [];
  return {
    cluster: validSettings(),
    kubectl: () => Promise.reject(new Error('nothing here needs kubectl')),
    access,
    redis: () => Promise.reject(new Error('nothing here needs Redis')),
    redisAssumed: false,
    lastKnown: undefined,
    readings,
    lookout: lookoutOn(access, 'denis', jobSeries(), elapsed),
    elapsed,
    said,
    say: (sentence) => said.push(sentence),
    stand: () => {},
    signal: new AbortController().signal,
    ...own,
  };
}
