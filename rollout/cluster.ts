import type { UnixSeconds } from '../phases/units';
import type { WatcherLease } from './heartbeat';

/** How a container gets a variable: `wired` to its annotation, an explicit value, something else, or not at all. */
export type Wiring =
  | { readonly kind: 'wired' }
  | { readonly kind: 'explicit'; readonly value: string }
  | { readonly kind: 'other'; readonly source: string }
  | { readonly kind: 'absent' };

/** Whether both variables read their annotations. */
export const isWired = ({ pct, enabled }: { readonly pct: Wiring; readonly enabled: Wiring }): boolean =>
  pct.kind === 'wired' && enabled.kind === 'wired';

/** What a container really gets; undefined where it cannot be known or is not set. */
export interface Exposure {
  readonly pct: number | undefined;
  readonly enabled: boolean | undefined;
}

export interface PodState {
  readonly name: string;
  readonly ip: string | undefined;
  readonly ready: boolean;
  /** UID of the ReplicaSet that owns it. */
  readonly replicaSet: string | undefined;
  readonly move: number | undefined;
  readonly serves: Exposure;
}

export interface Annotated {
  readonly pct: string | undefined;
  readonly enabled: string | undefined;
  readonly move: string | undefined;
}

export interface DenisState {
  readonly uid: string;
  readonly image: string;
  readonly replicas: number;
  readonly template: Annotated;
  readonly wiring: { readonly pct: Wiring; readonly enabled: Wiring };
  /** What the template gives a new pod, explicit values included. */
  readonly effective: Exposure;
  /** The latch annotation as it stands, whoever wrote it. */
  readonly latch: string | undefined;
  readonly newestReplicaSet: { readonly uid: string; readonly createdAt: UnixSeconds } | undefined;
  readonly pods: readonly PodState[];
}

export interface WorkersState {
  readonly replicas: number;
  readonly readyPods: number;
  /** What scales them, with its bounds; undefined without one. */
  readonly autoscaler:
    | { readonly kind: string; readonly name: string; readonly min: number; readonly max: number }
    | undefined;
}

/** An annotation is free text, and anybody may have written it. */
export function moveNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** The cluster as one reading found it. */
export interface ClusterState {
  readonly uid: string;
  readonly context: string;
  /** The API server's own time. */
  readonly serverTime: UnixSeconds | undefined;
  /** Whether the cluster carries the sandbox's mark. */
  readonly sandbox: boolean;
  readonly denis: DenisState | undefined;
  readonly workers: WorkersState | undefined;
  /** `ledger.json` of the ConfigMap as text; undefined without a ConfigMap. */
  readonly ledger: { readonly text: string; readonly resourceVersion: string } | undefined;
  /** The watcher's Lease, which only moves up need; absent where there is none. */
  readonly watcher?: Reading<WatcherLease>;
  /** What could not be read of it, and why; any entry makes the live exposure unknown. */
  readonly unread: readonly string[];
}

/** Something read from outside, or why it could not be. */
export type Reading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'unreadable'; readonly reason: string };

export const read = <T>(value: T): Reading<T> => ({ kind: 'read', value });
export const unreadable = (reason: string): Reading<never> => ({ kind: 'unreadable', reason });
