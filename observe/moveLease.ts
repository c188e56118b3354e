import type { KubeObject } from './kubeObjects';

/** Lease `denis-canary-move`. */
export type MoveLease = KubeObject & {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly renewTime?: string;
    readonly leaseDurationSeconds?: number;
  };
};

/** Who holds the claim, empty when nobody does, and until when: Unix time, ms. */
export function holderOf(lease: MoveLease | undefined): { readonly holder: string; readonly until: number } {
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 0 } = lease?.spec ?? {};
  return { holder: holderIdentity, until: Date.parse(renewTime) + leaseDurationSeconds * 1000 };
}
