import type { Kubectl } from '../observe/kubectl';
import type { ClusterSettings } from '../phases/settings';
import { reasonOf, UserError } from '../phases/userError';
import type { Judgement } from '../rollout/assessment';
import { type Author, ledgerAfter, type Plan } from '../rollout/plan';
import { type Claim, claimMove } from './claim';
import { confirmMove } from './confirm';
import { storeLedger } from './ledger';
import { patchDenis, wiringPatch } from './wiring';

export interface MoveContext {
  readonly kubectl: Kubectl;
  readonly cluster: ClusterSettings;
  readonly judgement: Judgement;
  readonly plan: Plan;
  readonly author: Author;
  /** Where a lowering move says what it could not do, and goes on. */
  readonly warn: (sentence: string) => void;
}

/** A move that has begun: claim and ledger are written, the exposure is not. */
export interface BegunMove {
  /** Called right before the exposure is written: throws when a raising move lost its claim. */
  checkClaim(): Promise<void>;
  /** Called once the exposure is written: confirms it, repairs the wiring, gives way to a lowering move that came in between. */
  finish(): Promise<void>;
}

const clock = (): number => Date.now();

/**
 * Claims the move and writes the ledger, before anything of the exposure is written.
 * A raising move needs both; a lowering one goes on without them and says so.
 */
export async function beginMove(context: MoveContext): Promise<BegunMove> {
  const { kubectl, judgement, plan, author, warn } = context;
  const { standing, baseline } = judgement;
  if (standing.direction === 'same' && plan.changes.length === 0) return NOTHING_TO_WRITE;
  const up = standing.direction === 'up';
  const holder = `${author.by} ${author.id}`;
  const attempt = async <T>(what: string, act: () => Promise<T>): Promise<T | undefined> => {
    if (up) return act();
    return act().catch((thrown: unknown) => {
      warn(`${what}: ${reasonOf(thrown)}; the move goes on without`);
      return undefined;
    });
  };
  const claim = await attempt('claim', () =>
    claimMove(kubectl, { holder, percent: plan.enabled ? plan.pct : 0, takeOver: !up, now: clock }),
  );
  try {
    const version = standing.ledger.kind === 'ledger' ? standing.ledger.resourceVersion : undefined;
    if (standing.ledger.kind !== 'broken') {
      await attempt('ledger', () => storeLedger(kubectl, ledgerAfter(standing, plan, baseline, author), version));
    }
  } catch (thrown) {
    await claim?.release();
    throw thrown;
  }
  return up ? raising(context, claim!) : lowering(context, claim);
}

const NOTHING_TO_WRITE: BegunMove = { checkClaim: async () => {}, finish: async () => {} };

function raising({ kubectl, cluster, plan }: MoveContext, claim: Claim): BegunMove {
  return {
    checkClaim: async () => {
      const lost = await claim.lostTo();
      if (lost !== undefined)
        throw new UserError(
          'claim-lost',
          `${lost.holder || 'another move'} took the move over and asks for ${lost.percent} %; nothing was raised`,
        );
    },
    finish: async () => {
      try {
        const lost = await claim.lostTo();
        if (lost !== undefined) {
          await restore(kubectl, cluster, lost.percent, plan.move + 1);
          throw new UserError(
            'claim-lost',
            `${lost.holder || 'another move'} asked for ${lost.percent} % meanwhile; ${lost.percent} % was restored`,
          );
        }
        await confirmMove(kubectl, cluster, plan.move, clock);
      } finally {
        await claim.release();
      }
    },
  };
}

function lowering({ kubectl, cluster, plan }: MoveContext, claim: Claim | undefined): BegunMove {
  return {
    checkClaim: async () => {},
    finish: async () => {
      if (plan.rewire) await patchDenis(kubectl, cluster, wiringPatch(cluster.container, undefined));
      await claim?.release();
    },
  };
}

/** Writes what the lowering move asked for over what the raising one just wrote. */
async function restore(kubectl: Kubectl, cluster: ClusterSettings, percent: number, move: number): Promise<void> {
  await patchDenis(kubectl, cluster, wiringPatch(cluster.container, { pct: percent, enabled: percent > 0, move }));
}
