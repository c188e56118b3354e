import type { CheckId, Phase } from '../phases/phase';
import type { Settings } from '../phases/settings';
import type { UnixSeconds } from '../phases/units';

export type Override = NonNullable<Settings['override']>;

const MOST_SECONDS = 24 * 3600;

/** What an override does at a moment. */
export interface OverrideReading {
  /** Checks of which a mere HOLD becomes a warning. */
  readonly checks: ReadonlySet<CheckId>;
  /** Said everywhere: in force, ended, or not accepted. */
  readonly notes: readonly string[];
}

export const NO_OVERRIDE: OverrideReading = { checks: new Set(), notes: [] };

/**
 * Which checks of a phase an override reaches now. Never one of which a failure means ROLLBACK; missing data, rules, matrix
 * and latch are no checks, so that no override names them.
 */
export function overrideAt(override: Override | undefined, phase: Phase, now: UnixSeconds): OverrideReading {
  if (override === undefined) return NO_OVERRIDE;
  const { author, reason, expires, checks } = override;
  const left = Date.parse(expires) / 1000 - now;
  const who = `override of ${checks.join(', ')} by ${author} until ${expires} (${reason})`;
  if (left <= 0) return { ...NO_OVERRIDE, notes: [`${who} has ended; remove canary:override`] };
  if (left > MOST_SECONDS) {
    return { ...NO_OVERRIDE, notes: [`${who} is not accepted: it may last at most 24 h from now on`] };
  }
  const refused = checks.filter((id) => rollsBack(phase, id));
  const foreign = checks.filter((id) => !phase.checks.some((check) => check.id === id));
  return {
    checks: new Set(checks.filter((id) => !refused.includes(id))),
    notes: [
      who,
      ...refused.map((id) => `${id} cannot be overridden at ${phase.name}: its failure means ROLLBACK`),
      ...foreign.map((id) => `${phase.name} has no check ${id} to override`),
    ],
  };
}

/** Success at canary-1 rolls back as its error check does; at canary-10 it does together with a soft check. */
function rollsBack(phase: Phase, id: CheckId): boolean {
  if (id === 'success-rate' && (phase.name === 'canary-1' || phase.name === 'canary-10')) return true;
  return phase.checks.some((check) => check.id === id && check.failingMeans === 'ROLLBACK');
}
