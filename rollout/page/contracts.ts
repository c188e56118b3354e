import type { UnixSeconds } from '../../phases/units';

export interface Heartbeat {
  readonly holder: string;
  readonly renewedAt: UnixSeconds;
}
export interface Probe {
  readonly at: UnixSeconds;
  readonly result: 'good' | 'refused' | 'down';
  readonly why?: string;
}
export interface OomKill {
  readonly pod: string;
  readonly container: string;
  readonly at: UnixSeconds;
}
export interface Witness {
  readonly probes: readonly Probe[];
  readonly ooms: readonly OomKill[];
}
export interface Incident {
  readonly id: string;
  readonly verdict: 'ROLLBACK' | 'EMERGENCY';
  readonly rule: string;
  readonly sentence: string;
  readonly since: string;
  readonly killedAt?: string;
  readonly recoveredAt?: string;
  readonly escalatedAt?: string;
}
export interface WatcherStatus {
  readonly incident?: Incident;
  readonly blindSince?: number;
  readonly witness: Witness;
}
