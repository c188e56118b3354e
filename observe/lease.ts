import type { KubeObject } from './kubeObjects';

/** A Lease: the claim of a move, the heartbeat of a watcher. */
export type Lease = KubeObject & {
  readonly spec?: {
    readonly holderIdentity?: string;
    /** ISO times. */
    readonly renewTime?: string;
    readonly acquireTime?: string;
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
  };
};

/** Who holds it, empty when nobody does, and until when: Unix time, ms; NaN while it was never renewed. */
export function holderOf(lease: Lease | undefined): { readonly holder: string; readonly until: number } {
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
  return { holder: holderIdentity, until: Date.parse(renewTime) + leaseDurationSeconds * 1000 };
}
