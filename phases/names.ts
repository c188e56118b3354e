/** Names that every part shares with the cluster, with Denis and with people. */

/** Annotation keys on the pod template (exposure), on the Deployment (latch) and on the watcher's Lease (status). */
export const ANNOTATIONS = {
  pct: 'canary.denis.run/pct',
  enabled: 'canary.denis.run/enabled',
  move: 'canary.denis.run/move',
  latch: 'canary.denis.run/latch',
  status: 'canary.denis.run/status',
} as const;

/** The two environment variables that decide the exposure. */
export const VARIABLES = { pct: 'DENIS_MATERIALIZERS_PCT', enabled: 'DENIS_MATERIALIZERS_ENABLED' } as const;

/** Field managers: one for every stack, one for the kill, one for each command that hands its fields back; the API server fences them against each other. */
export const MANAGERS = {
  rollout: 'denis-rollout',
  kill: 'denis-kill',
  adopt: 'denis-adopt',
  resume: 'denis-resume',
} as const;

export const LEDGER_NAME = 'denis-canary';
export const MOVE_LEASE = 'denis-canary-move';
export const WATCHER_LEASE = 'denis-canary-watcher';
export const TOKEN_SECRET = 'denis-kill-switch';

/** The stack of what all phases share; it moves nothing and passes no gate. */
export const BASE_STACK = 'base';
