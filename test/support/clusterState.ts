import { unixSeconds } from '../../phases/units';
import { type ClusterState, type DenisState, type PodState, read, type WorkersState } from '../../rollout/cluster';
import type { Switches } from '../../rollout/exposure';
import type { Ledger, LedgerReading } from '../../rollout/ledger';

/** 2026-11-25 10:00 UTC, a Wednesday. */
export const TEN_OCLOCK = unixSeconds(Date.parse('2026-11-25T10:00:00Z') / 1000);

export function podState(name: string, own: Partial<PodState> = {}): PodState {
  return {
    name,
    ip: '10.0.0.1',
    ready: true,
    replicaSet: 'rs-new',
    move: 3,
    serves: { pct: 10, enabled: true },
    ...own,
  };
}

/** Denis at a percentage: adopted, three Ready pods that all run it. */
export function denisState(pct: number, own: Partial<DenisState> = {}): DenisState {
  const enabled = pct > 0;
  return {
    uid: 'uid-denis',
    image: 'denis:1',
    replicas: 3,
    template: { pct: String(pct), enabled: String(enabled), move: '3' },
    wiring: { pct: { kind: 'wired' }, enabled: { kind: 'wired' } },
    effective: { pct, enabled },
    latch: undefined,
    newestReplicaSet: { uid: 'rs-new', createdAt: unixSeconds(TEN_OCLOCK - 30 * 3600) },
    pods: ['denis-a', 'denis-b', 'denis-c'].map((name) => podState(name, { serves: { pct, enabled } })),
    ...own,
  };
}

export function workersState(own: Partial<WorkersState> = {}): WorkersState {
  return { replicas: 3, readyPods: 3, autoscaler: undefined, ...own };
}

export function clusterState(denis: DenisState | undefined, own: Partial<ClusterState> = {}): ClusterState {
  return {
    uid: 'uid-cluster',
    context: 'production',
    serverTime: TEN_OCLOCK,
    sandbox: false,
    denis,
    workers: workersState(),
    ledger: undefined,
    unread: [],
    ...own,
  };
}

/** Flag on, and no pod told to stop. */
export function switchesOn(denis: DenisState | undefined): Switches {
  return {
    flag: read(true),
    killed: new Map((denis?.pods ?? []).filter(({ ready }) => ready).map(({ name }) => [name, read(false)])),
  };
}

export function ledgerAt(permitted: number, own: Partial<Ledger> = {}): LedgerReading & { kind: 'ledger' } {
  return { kind: 'ledger', ledger: { version: 1, permitted, ...own }, resourceVersion: '42' };
}
