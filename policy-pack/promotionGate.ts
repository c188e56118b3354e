import type { ResourceValidationPolicy } from '@pulumi/policy';
import * as pulumi from '@pulumi/pulumi';
import { recordEvidence } from '../act/evidence';
import { gate } from '../observe/gate';
import { BASE_STACK } from '../phases/names';
import { reasonOf } from '../phases/userError';

/** The root of every stack: a violation here stops an update before the program and any provider run. */
const ROOT = 'pulumi:pulumi:Stack';
/** A reading that is older when it is asked for is made anew. */
const MOST_AGE_MS = 5_000;

/** Says what is wrong with the move, and writes it down: a reading that nobody asks for in time leaves no record. */
type Refusal = () => Promise<string>;

interface Begun {
  readonly at: number;
  /** Undefined when the move is allowed. */
  readonly refusal: Promise<Refusal | undefined>;
}

/**
 * The gate as a policy. It begins to read the world at once, while the engine still starts the program, and is asked
 * for its verdict when the root stack is registered.
 * @param clock milliseconds
 */
export function promotionGate(clock: () => number = Date.now): ResourceValidationPolicy {
  const begin = (): Begun => ({ at: clock(), refusal: judgeStack(pulumi.getStack()) });
  let begun = begin();
  return {
    name: 'promotion-gate',
    description: 'A phase follows the live one only when its metrics allow it; down and off are always allowed.',
    enforcementLevel: 'mandatory',
    validateResource: async ({ type }, reportViolation) => {
      if (type !== ROOT) return;
      if (clock() - begun.at > MOST_AGE_MS) begun = begin();
      const refusal = await begun.refusal;
      if (refusal !== undefined) reportViolation(await refusal());
    },
  };
}

async function judgeStack(stack: string): Promise<Refusal | undefined> {
  if (stack === BASE_STACK) return undefined;
  try {
    const asked = await gate(stack, pulumi.runtime.allConfig(), process.env);
    if (asked.judgement.permit.allowed) return undefined;
    // A violation stops an update before the program says anything: then this is the only record.
    const mode = pulumi.runtime.isDryRun() ? 'preview' : 'update';
    return async () => [asked.text, ...(await recordEvidence(asked, { by: 'policy', mode }, process.env))].join('\n');
  } catch (thrown) {
    return async () => reasonOf(thrown);
  }
}
