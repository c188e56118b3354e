import { complaint, type Kubectl, type KubectlResult } from '../observe/kubectl';
import { holderOf, type Lease } from '../observe/lease';
import { MOVE_LEASE } from '../phases/names';
import { UserError } from '../phases/userError';
import { isConflict } from './conflict';
import { leaseTime, readLease, writeLease } from './lease';

/** A claim that is not renewed ends by itself: a move that died does not block the next one for long. */
const LEASE_SECONDS = 30;
const RENEW_MS = 10_000;
const PERCENT = 'canary.denis.run/percent';
const MOST_TRIES = 5;

/** A move's right to write the exposure. A lowering move takes it over; whoever lost it must not raise. */
export interface Claim {
  readonly holder: string;
  /** @returns undefined while the claim is ours, else what the one who took it asks for, in percent */
  lostTo(): Promise<{ readonly holder: string; readonly percent: number } | undefined>;
  release(): Promise<void>;
}

export interface ClaimRequest {
  readonly holder: string;
  readonly percent: number;
  /** Whether it may take the claim of a move under way: lowering moves only. */
  readonly takeOver: boolean;
  readonly now: () => number;
}

/**
 * Claims Lease `denis-canary-move`, by compare-and-swap on its resourceVersion.
 * @throws UserError `claimed` when another move is under way, `claim` when the Lease cannot be written
 */
export async function claimMove(kubectl: Kubectl, request: ClaimRequest): Promise<Claim> {
  for (let tries = 1; ; tries++) {
    const before = await readMoveLease(kubectl);
    const { holder, until } = holderOf(before);
    if (!request.takeOver && holder !== '' && until > request.now()) {
      throw new UserError(
        'claimed',
        `another move is under way: ${holder} holds Lease ${MOVE_LEASE} until ${new Date(until).toISOString()}; wait for it, or go down, which needs no claim`,
      );
    }
    const result = await write(kubectl, request, before);
    if (result.code === 0) return claimOf(kubectl, request);
    if (!isConflict(result) || tries === MOST_TRIES) {
      throw new UserError('claim', `Lease ${MOVE_LEASE} cannot be written: ${complaint(result)}`);
    }
  }
}

/** Takes the claim over if a move holds it; undefined, and nothing written, when none does. */
export async function interruptMove(kubectl: Kubectl, request: ClaimRequest): Promise<Claim | undefined> {
  const { holder, until } = holderOf(await readMoveLease(kubectl));
  return holder === '' || until <= request.now() ? undefined : claimMove(kubectl, request);
}

function claimOf(kubectl: Kubectl, request: ClaimRequest): Claim {
  /** @returns undefined when the claim is not ours any more */
  const ifOurs = async (holder: string): Promise<KubectlResult | undefined> => {
    const lease = await readMoveLease(kubectl);
    return lease?.spec?.holderIdentity === request.holder ? write(kubectl, { ...request, holder }, lease) : undefined;
  };
  // A renewal that fails is no harm by itself: whoever writes the exposure asks again whether the claim is still ours. One that
  // is lost is renewed no more.
  const renew = async (): Promise<void> => {
    if ((await ifOurs(request.holder)) === undefined) clearInterval(renewal);
  };
  const renewal = setInterval(() => {
    renew().catch(() => {});
  }, RENEW_MS);
  renewal.unref();
  return {
    holder: request.holder,
    lostTo: async () => {
      const lease = await readMoveLease(kubectl);
      const holder = lease?.spec?.holderIdentity ?? '';
      if (holder === request.holder) return undefined;
      clearInterval(renewal);
      return { holder, percent: Number(lease?.metadata.annotations?.[PERCENT] ?? 0) };
    },
    release: async () => {
      clearInterval(renewal);
      for (let tries = 1; tries <= MOST_TRIES; tries++) {
        const result = await ifOurs('');
        // A renewal that was under way may have come between reading and writing.
        if (result === undefined || !isConflict(result)) return;
      }
    },
  };
}

const readMoveLease = (kubectl: Kubectl) => readLease(kubectl, MOVE_LEASE, 'claim');

/** The percentage stays behind when the holder is released: a raising move that lost its claim still reads what to restore. */
function write(kubectl: Kubectl, { holder, percent, now }: ClaimRequest, before: Lease | undefined) {
  const spec = { holderIdentity: holder, leaseDurationSeconds: LEASE_SECONDS, renewTime: leaseTime(now()) };
  return writeLease(kubectl, { name: MOVE_LEASE, annotations: { [PERCENT]: String(percent) }, spec }, before);
}
