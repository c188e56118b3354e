import { VARIABLES } from '../phases/names';
import { type DenisState, isWired } from './cluster';
import { latchSentence, latchTextSentence } from './latch';
import type { LedgerReading } from './ledger';

/** What the team's own manifest must change before its Deployment can be adopted. */
export interface ManifestChange {
  /** Variables that the last applied manifest gives a value; they must be taken out of it. */
  readonly remove: readonly string[];
}

/**
 * Reads `kubectl.kubernetes.io/last-applied-configuration`: a manifest that still gives one of the two variables a value
 * would fail to apply once they are wired (both `value` and `valueFrom`), or undo the wiring.
 * @param lastApplied the annotation's text; undefined when the Deployment was never applied client-side
 */
export function manifestChange(lastApplied: string | undefined, container: string): ManifestChange | undefined {
  if (lastApplied === undefined) return undefined;
  let manifest: Manifest;
  try {
    manifest = JSON.parse(lastApplied) as Manifest;
  } catch {
    return undefined;
  }
  const containers = manifest.spec?.template?.spec?.containers ?? [];
  const env = containers.find(({ name }) => name === container)?.env ?? [];
  const remove = env
    .filter(({ name, valueFrom }) => (name === VARIABLES.pct || name === VARIABLES.enabled) && valueFrom === undefined)
    .map(({ name }) => name ?? '');
  return remove.length === 0 ? undefined : { remove };
}

/** Whether the last applied manifest sets the number of replicas, so that the next apply would lower the workers. */
export function setsReplicas(lastApplied: string | undefined): boolean {
  try {
    return (JSON.parse(lastApplied ?? '{}') as Manifest).spec?.replicas !== undefined;
  } catch {
    return false;
  }
}

interface Manifest {
  readonly spec?: {
    readonly replicas?: number;
    readonly template?: {
      readonly spec?: {
        readonly containers?: readonly {
          readonly name?: string;
          readonly env?: readonly { readonly name?: string; readonly valueFrom?: unknown }[];
        }[];
      };
    };
  };
}

/** What adopting writes, or why it must not: it may begin a rollout at 0, never hide that one was stopped. */
export type AdoptionVerdict =
  | { readonly kind: 'refused'; readonly reason: string }
  | {
      readonly kind: 'adopt';
      /** Annotations to write together with the wiring; undefined when both are right already. */
      readonly values: { readonly pct: 0; readonly enabled: false; readonly move: number } | undefined;
      readonly ledger: boolean;
    };

const TURN_OFF = 'set canary:enabled to false and run pulumi up';

export function adoptionOf(denis: DenisState, ledger: LedgerReading): AdoptionVerdict {
  const refused = (reason: string): AdoptionVerdict => ({ kind: 'refused', reason });
  const copy = ledger.kind === 'ledger' ? ledger.ledger.latch : undefined;
  if (denis.latch !== undefined || copy !== undefined) {
    const sentence = denis.latch === undefined ? latchSentence(copy!) : latchTextSentence(denis.latch);
    return refused(`the feature is off and stays off: ${sentence}; when its cause is known, npm run resume`);
  }
  if (ledger.kind === 'broken') return refused(`the ledger (ConfigMap denis-canary) cannot be read: ${ledger.reason}`);

  const wired = isWired(denis.wiring);
  const { move, pct, enabled } = denis.template;
  const serves = denis.effective.enabled !== false && denis.effective.pct !== 0;
  const off = (number: number): AdoptionVerdict => ({
    kind: 'adopt',
    values: { pct: 0, enabled: false, move: number },
    ledger: ledger.kind === 'missing',
  });
  if (move === undefined) {
    return serves
      ? refused(
          `${denis.effective.pct ?? 'an unknown'} % is served already, and adoption begins at 0: turn the feature off first`,
        )
      : off(0);
  }
  if (!wired) {
    return refused(
      `it was adopted before, and a variable was set by hand since, which may be a kill: ${TURN_OFF}, which wires it again`,
    );
  }
  if (ledger.kind === 'ledger') return { kind: 'adopt', values: undefined, ledger: false };
  if (serves)
    return refused(
      `the ledger (ConfigMap denis-canary) is missing while ${pct ?? 'an unknown'} % is live: ${TURN_OFF} first`,
    );
  return pct === '0' && enabled === 'false'
    ? { kind: 'adopt', values: undefined, ledger: true }
    : off(Number(move) + 1 || 1);
}
