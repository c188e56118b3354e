import { canary1 } from './canary-1';
import { canary10 } from './canary-10';
import { canary50 } from './canary-50';
import { canary100 } from './canary-100';
import type { Phase, PhaseName } from './phase';

/** The phases in the order in which they are climbed. */
export const LADDER: readonly Phase[] = [canary1, canary10, canary50, canary100];

/** @returns the phase of a stack, or undefined for a name outside the ladder */
export function phaseNamed(name: string): Phase | undefined {
  return LADDER.find((phase) => phase.name === name);
}

/** @returns the phase that serves exactly this percentage, or undefined */
export function phaseServing(exposure: number): Phase | undefined {
  return LADDER.find((phase) => phase.exposure === exposure);
}

/** @returns the lowest phase that serves at least this percentage: its limits watch a percentage between two phases */
export function phaseWatching(exposure: number): Phase | undefined {
  return LADDER.find((phase) => phase.exposure >= exposure);
}

/** @returns the one phase that may follow, or undefined after the last */
export function phaseAfter(name: PhaseName): Phase | undefined {
  return LADDER[LADDER.findIndex((phase) => phase.name === name) + 1];
}
