import type { ResourceValidationPolicy } from '@pulumi/policy';
import * as pulumi from '@pulumi/pulumi';
import { BASE_STACK, gate } from '../observe/gate';
import { reasonOf } from '../phases/userError';

/** The root of every stack: a violation here stops an update before the program and any provider run. */
const ROOT = 'pulumi:pulumi:Stack';

export const promotionGate: ResourceValidationPolicy = {
  name: 'promotion-gate',
  description: 'A phase follows the live one only when its metrics allow it; down and off are always allowed.',
  enforcementLevel: 'mandatory',
  validateResource: async ({ type }, reportViolation) => {
    if (type !== ROOT) return;
    const stack = pulumi.getStack();
    if (stack === BASE_STACK) return;
    try {
      const { judgement, text } = await gate(stack, pulumi.runtime.allConfig(), process.env);
      if (!judgement.permit.allowed) reportViolation(text);
    } catch (thrown) {
      reportViolation(reasonOf(thrown));
    }
  },
};
