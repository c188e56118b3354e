import type { Gate } from '../observe/gate';
import { type Kubectl, kubectlFor } from '../observe/kubectl';
import { latchNow } from '../observe/latchNow';
import type { ClusterSettings } from '../phases/settings';
import { reasonOf, UserError } from '../phases/userError';
import type { Judgement } from '../rollout/assessment';
import type { Standing } from '../rollout/move';
import { type Author, ledgerAfter, type Plan, percentOf } from '../rollout/plan';
import { authorAt } from './author';
import { type Claim, claimMove, interruptMove } from './claim';
import { confirmMove } from './confirm';
import { loadLedger, storeLedger } from './ledger';
import { checkPermissions } from './permissions';
import { restoreDenis, rewireDenis, turnOffDenis } from './rewire';

export interface MoveContext {
  readonly kubectl: Kubectl;
  readonly cluster: ClusterSettings;
  readonly judgement: Judgement;
  readonly plan: Plan;
  readonly author: Author;
  /** Where a lowering move says what it could not do, and goes on. */
  readonly warn: (sentence: string) => void;
}

/** The context of a move that a gate has let through. */
export function contextOf(
  { cluster, judgement, plan }: Gate,
  env: NodeJS.ProcessEnv,
  warn: MoveContext['warn'],
): MoveContext {
  return { kubectl: kubectlFor(cluster, env), cluster, judgement, plan, author: authorAt(judgement.at), warn };
}

/** A move that has begun: claim and ledger are written, the exposure is not. */
export interface BegunMove {
  /** Called right before the exposure is written: throws when a raising move lost its claim, or a kill has latched. */
  checkClaim(): Promise<void>;
  /** Called once the exposure is written: confirms it, repairs the wiring, gives way to a kill or a lowering move that came in between. */
  finish(): Promise<void>;
}

const clock = (): number => Date.now();

/**
 * Claims the move and writes the ledger, before anything of the exposure is written.
 * A raising move needs both; a lowering one goes on without them and says so.
 */
export async function beginMove(context: MoveContext): Promise<BegunMove> {
  const { kubectl, cluster, judgement, plan, author, warn } = context;
  const { standing } = judgement;
  const up = standing.direction === 'up';
  const holder = `${author.by} ${author.id}`;
  const attempt = async <T>(what: string, act: () => Promise<T>): Promise<T | undefined> => {
    if (up) return act();
    return act().catch((thrown: unknown) => {
      warn(`${what}: ${reasonOf(thrown)}; the move goes on without`);
      return undefined;
    });
  };
  if (standing.direction === 'same' && plan.changes.length === 0) {
    return (await attempt('claim', () => stay(context, holder))) ?? NOTHING_LEFT_TO_DO;
  }
  const autoscaler = plan.workers?.kind === 'autoscaler' ? plan.workers.name : undefined;
  if (up) await checkPermissions(kubectl, cluster, autoscaler);
  const claim = await attempt('claim', () =>
    claimMove(kubectl, { holder, percent: percentOf(plan), takeOver: !up, now: clock }),
  );
  try {
    await attempt('ledger', () => writeLedgerOf(context));
  } catch (thrown) {
    await claim?.release();
    throw thrown;
  }
  return up ? raising(context, claim!) : lowering(context, claim);
}

const NOTHING_LEFT_TO_DO: BegunMove = { checkClaim: async () => {}, finish: async () => {} };

/** A raising move writes on the ledger it was judged by; a lowering one on whatever the newest is. */
async function writeLedgerOf({ kubectl, judgement, plan, author }: MoveContext): Promise<void> {
  const { standing, baseline, beside } = judgement;
  const store = ({ ledger }: Pick<Standing, 'ledger'>): Promise<void> =>
    storeLedger(
      kubectl,
      ledgerAfter({ ...standing, ledger }, plan, baseline, author, beside.source),
      ledger.kind === 'ledger' ? ledger.resourceVersion : undefined,
    );
  if (standing.direction === 'up') return store(standing);
  for (let tries = 1; ; tries++) {
    const ledger = tries === 1 ? standing.ledger : await loadLedger(kubectl);
    if (ledger.kind === 'broken') throw new UserError('ledger', ledger.reason);
    try {
      return await store({ ledger });
    } catch (thrown) {
      if (!(thrown instanceof UserError && thrown.code === 'ledger-conflict') || tries === MOST_TRIES) throw thrown;
    }
  }
}

const MOST_TRIES = 5;

/** A move that changes nothing still says what it wants to a raising move under way, which then gives way. */
async function stay({ kubectl, plan }: MoveContext, holder: string): Promise<BegunMove> {
  const claim = await interruptMove(kubectl, { holder, percent: percentOf(plan), takeOver: true, now: clock });
  return { checkClaim: async () => {}, finish: async () => claim?.release() };
}

const RESUME = 'when its cause is known, npm run resume leads back to canary-1';

function raising({ kubectl, cluster, plan }: MoveContext, claim: Claim): BegunMove {
  const giveWay = async (): Promise<void> => {
    const latch = await latchNow(kubectl, cluster);
    if (latch !== undefined) {
      await turnOffDenis(kubectl, cluster);
      throw new UserError('latched', `a kill came in between and stands, the feature is off: ${latch}; ${RESUME}`);
    }
    const lost = await claim.lostTo();
    if (lost === undefined) return;
    await restoreDenis(kubectl, cluster, plan.move, lost.percent);
    throw new UserError(
      'claim-lost',
      `${lost.holder || 'another move'} asked for ${lost.percent} % meanwhile; ${lost.percent} % was restored`,
    );
  };
  return {
    checkClaim: async () => {
      const latch = await latchNow(kubectl, cluster);
      if (latch !== undefined) {
        await claim.release();
        throw new UserError('latched', `a kill came in between, nothing was raised: ${latch}; ${RESUME}`);
      }
      const lost = await claim.lostTo();
      if (lost !== undefined)
        throw new UserError(
          'claim-lost',
          `${lost.holder || 'another move'} took the move over and asks for ${lost.percent} %; nothing was raised`,
        );
    },
    finish: async () => {
      try {
        await giveWay();
        // Whoever overtook the move meanwhile may have claimed it: then that is the reason, and what he asked for stands.
        await confirmMove(kubectl, cluster, plan.move, clock).catch(async (thrown: unknown) => {
          await giveWay();
          throw thrown;
        });
        await giveWay();
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
      if (plan.rewire) await rewireDenis(kubectl, cluster);
      await claim?.release();
    },
  };
}
