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

interface Begun {
  readonly at: number;
  /** What is wrong with the move; undefined when it is allowed. */
  readonly violation: Promise<string | undefined>;
}

/**
 * The gate as a policy. It begins to read the world at once, while the engine still starts the program, and is asked
 * for its verdict when the root stack is registered.
 * @param clock milliseconds
 */
export function promotionGate(clock: () => number = Date.now): ResourceValidationPolicy {
  const begin = (): Begun => ({ at: clock(), violation: judgeStack(pulumi.getStack()) });
  let begun = begin();
  return {
    name: 'promotion-gate',
    description: 'A phase follows the live one only when its metrics allow it; down and off are always allowed.',
    enforcementLevel: 'mandatory',
    validateResource: async ({ type }, reportViolation) => {
      if (type !== ROOT) return;
      if (clock() - begun.at > MOST_AGE_MS) begun = begin();
      const violation = await begun.violation;
      if (violation !== undefined) reportViolation(violation);
    },
  };
}

async function judgeStack(stack: string): Promise<string | undefined> {
  if (stack === BASE_STACK) return undefined;
  try {
    const asked = await gate(stack, pulumi.runtime.allConfig(), process.env);
    if (asked.judgement.permit.allowed) return undefined;
    // A violation stops an update before the program says anything: then this is the only record.
    const mode = pulumi.runtime.isDryRun() ? 'preview' : 'update';
    return [asked.text, ...(await recordEvidence(asked, { by: 'policy', mode }, process.env))].join('\n');
  } catch (thrown) {
    return reasonOf(thrown);
  }
}
