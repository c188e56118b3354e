import { complaint, type Kubectl } from '../../observe/kubectl';
import { holderOf, type Lease } from '../../observe/lease';
import { ANNOTATIONS, WATCHER_LEASE } from '../../phases/names';
import { UserError } from '../../phases/userError';
import { isConflict } from '../conflict';
import { leaseTime, readLease, writeLease } from '../lease';

/** A watcher that does not renew for so long does not lead any more: another one takes over. */
export const LEASE_SECONDS = 30;

/** Who leads, as one reading found it; with what the last leader left. */
export interface Leadership {
  /** Empty while nobody does. */
  readonly holder: string;
  readonly ours: boolean;
  /** Whether it may be taken: ours, given back, or not renewed in time. */
  readonly free: boolean;
  readonly status: string | undefined;
  readonly lease: Lease | undefined;
}

/** Lease `denis-canary-watcher`: one write a tick says that the watcher lives, and what it knows. */
export class Heartbeat {
  constructor(
    private readonly kubectl: Kubectl,
    readonly holder: string,
    /** ms since 1970. */
    private readonly clock: () => number,
  ) {}

  /** @throws UserError `heartbeat` when the Lease cannot be read */
  async look(): Promise<Leadership> {
    const lease = await readLease(this.kubectl, WATCHER_LEASE, 'heartbeat');
    const { holder, until } = holderOf(lease);
    const late = !(this.clock() <= until);
    const ours = holder === this.holder;
    return {
      holder,
      ours,
      free: ours || holder === '' || late,
      status: lease?.metadata.annotations?.[ANNOTATIONS.status],
      lease,
    };
  }

  /**
   * Renews the Lease, or takes it, if it still is what was looked at.
   * @returns false when somebody else was faster
   * @throws UserError `heartbeat` when it cannot be written
   */
  beat(found: Leadership, status: string): Promise<boolean> {
    return this.write(found, this.holder, status);
  }

  /** Gives it back, status and all, so that the next watcher need not wait. Not if it is another's by now. */
  async release(): Promise<void> {
    const found = await this.look();
    if (found.ours) await this.write(found, '', found.status ?? '');
  }

  private async write({ lease, ours }: Leadership, holder: string, status: string): Promise<boolean> {
    const now = leaseTime(this.clock());
    const { acquireTime, leaseTransitions = 0 } = lease?.spec ?? {};
    const spec = {
      holderIdentity: holder,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: now,
      acquireTime: ours ? (acquireTime ?? now) : now,
      leaseTransitions: ours || lease === undefined ? leaseTransitions : leaseTransitions + 1,
    };
    const annotations = { [ANNOTATIONS.status]: status };
    const result = await writeLease(this.kubectl, { name: WATCHER_LEASE, annotations, spec }, lease);
    if (result.code === 0) return true;
    if (isConflict(result)) return false;
    throw new UserError('heartbeat', `Lease ${WATCHER_LEASE} cannot be written: ${complaint(result)}`);
  }
}
