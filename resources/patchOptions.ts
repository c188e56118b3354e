import type * as pulumi from '@pulumi/pulumi';
import { MANAGERS } from '../phases/names';

/**
 * How a move writes: a raising one waits, for a bounded time, and lets the API server refuse it where the kill owns a field;
 * a lowering one waits for nothing and takes the fields over.
 */
export type Manner = 'up' | 'down';

/** Longest wait of the provider for a sick Deployment, with the stack locked. */
const AWAIT_SECONDS = 90;

/** Annotations that steer the provider; it does not send them to the cluster. */
export function steering(manner: Manner): Record<string, string> {
  const common = { 'pulumi.com/patchFieldManager': MANAGERS.rollout };
  return manner === 'up'
    ? { ...common, 'pulumi.com/timeoutSeconds': String(AWAIT_SECONDS) }
    : { ...common, 'pulumi.com/patchForce': 'true', 'pulumi.com/skipAwait': 'true' };
}

/** A patch is never undone by leaving it away, and what it read of the live object, other teams' values included, stays secret. */
export const PATCH_OPTIONS = {
  retainOnDelete: true,
  additionalSecretOutputs: ['spec', 'metadata'],
} satisfies pulumi.CustomResourceOptions;
