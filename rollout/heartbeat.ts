import type { Watcher } from '../phases/settings';
import { CLOCK_TOLERANCE } from '../phases/timing';
import { formatDuration, seconds, type UnixSeconds } from '../phases/units';
import type { ClusterState, Reading } from './cluster';

/** What says that somebody watches. */
export interface Heartbeat {
  readonly holder: string;
  readonly renewedAt: UnixSeconds;
}

/** Lease `denis-canary-watcher`: one write a tick renews it and says what the watcher knows. */
export interface WatcherLease {
  /** Undefined once it was given back: nobody holds it. */
  readonly heartbeat: Heartbeat | undefined;
  /** A `WatcherStatus` as text. */
  readonly status: string | undefined;
}

/** An older heartbeat refuses every move up. Not scaled: ticks are not. */
export const HEARTBEAT_MOST = seconds(60);

/** Who watches the rollback rules, as far as a move up needs it. */
export type Watching =
  | { readonly kind: 'external'; readonly name: string }
  | { readonly kind: 'alive'; readonly holder: string }
  | { readonly kind: 'silent'; readonly reason: string };

/** @param watcher of the settings; undefined where they are wrong */
export function watchingOf(lease: ClusterState['watcher'], watcher: Watcher | undefined, now: UnixSeconds): Watching {
  if (watcher?.kind === 'external') return watcher;
  const heartbeat = heartbeatIn(lease);
  if (heartbeat.kind === 'unreadable') return { kind: 'silent', reason: heartbeat.reason };
  const { holder, renewedAt } = heartbeat.value;
  const age = now - renewedAt;
  // A clock that is ahead would keep a dead watcher alive.
  if (-age > CLOCK_TOLERANCE) {
    const ahead = formatDuration(seconds(Math.round(-age)));
    return {
      kind: 'silent',
      reason: `the heartbeat of the watcher (${holder}) is ${ahead} ahead of this machine's clock`,
    };
  }
  if (age < HEARTBEAT_MOST) return { kind: 'alive', holder };
  const old = formatDuration(seconds(Math.round(age)));
  return {
    kind: 'silent',
    reason: `the heartbeat of the watcher (${holder}) is ${old} old, ${formatDuration(HEARTBEAT_MOST)} is the most`,
  };
}

function heartbeatIn(lease: ClusterState['watcher']): Reading<Heartbeat> {
  if (lease === undefined) return silent('there is no heartbeat (Lease denis-canary-watcher)');
  if (lease.kind === 'unreadable') return silent(`its heartbeat cannot be read: ${lease.reason}`);
  const { heartbeat } = lease.value;
  return heartbeat === undefined ? silent('the watcher was stopped') : { kind: 'read', value: heartbeat };
}

const silent = (reason: string) => ({ kind: 'unreadable', reason }) as const;
