import { ANNOTATIONS, VARIABLES } from '../phases/names';
import { type DenisState, moveNumber } from './cluster';
import { type Latch, latchText, readLatch } from './latch';
import { EMPTY_LEDGER, type Ledger } from './ledger';

/** The Deployment of Denis as one reading found it, with what a patch needs beside its state. */
export interface Killable {
  readonly denis: DenisState;
  /** `spec.paused`: its pods would never restart. */
  readonly paused: boolean;
  /** A move holds the claim: it may be about to write the exposure, and only a field of the kill's own refuses that. */
  readonly moveUnderWay: boolean;
}

export interface KillWish {
  /** Declares the feature off; otherwise the latch alone is written. */
  readonly off: boolean;
  readonly latch: Latch;
  /** Name of the container that reads the variables. */
  readonly container: string;
}

export interface KillPatch {
  /** The parts of a strategic patch. */
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: object | undefined;
  /** The latch in it; undefined when the one that stands stays. */
  readonly latch: string | undefined;
  /** The new move; undefined when the pods do not restart. */
  readonly move: number | undefined;
  /** The container is not where the settings say: `kubectl set env` reaches every container there is. */
  readonly setEnv: boolean;
}

/**
 * The one patch that a kill writes on the Deployment of Denis: off, a new move, the latch. Never the percentage: what was live
 * stays readable, and an off is not a rollout of 0 %.
 * @returns undefined when all of it stands already
 */
export function killPatch({ denis, paused, moveUnderWay }: Killable, wish: KillWish): KillPatch | undefined {
  const latch = moveUnderWay ? latchOfItsOwn(denis.latch, wish.latch) : latchToWrite(denis.latch, wish.latch);
  const missing = denis.wiring.enabled.kind === 'absent' && denis.effective.enabled === undefined;
  const explicit = wish.off && !missing && annotationLoses(denis);
  const declares = wish.off && (denis.template.enabled !== 'false' || explicit || moveUnderWay);
  const unpauses = wish.off && paused;
  if (latch === undefined && !declares && !unpauses) return undefined;

  const move = declares ? nextMove(denis) : undefined;
  const off = { [ANNOTATIONS.enabled]: 'false', [ANNOTATIONS.move]: String(move) };
  const variable = { name: VARIABLES.enabled, value: 'false', valueFrom: null };
  const template = {
    ...(declares ? { metadata: { annotations: off } } : {}),
    ...(explicit ? { spec: { containers: [{ name: wish.container, env: [variable] }] } } : {}),
  };
  const spec = { ...(unpauses ? { paused: null } : {}), ...(declares ? { template } : {}) };
  return {
    metadata: latch === undefined ? {} : { annotations: { [ANNOTATIONS.latch]: latch } },
    spec: Object.keys(spec).length === 0 ? undefined : spec,
    latch,
    move,
    setEnv: declares && missing,
  };
}

/** An explicit `true`, another source or no variable at all beats what the annotation says. */
function annotationLoses({ wiring, effective }: DenisState): boolean {
  switch (wiring.enabled.kind) {
    case 'wired':
      return false;
    case 'explicit':
      return effective.enabled !== false;
    case 'other':
    case 'absent':
      return true;
  }
}

/** Above the live one, and above what any pod runs. */
function nextMove({ template, pods }: DenisState): number {
  return Math.max(moveNumber(template.move) ?? 0, ...pods.map(({ move }) => move ?? 0)) + 1;
}

/**
 * The first kill's word stays: who, when, why. A later one adds how many workers it stopped, which a resume gives back.
 * @param standing the annotation's text
 * @returns undefined when nothing is to be written
 */
export function latchToWrite(standing: string | undefined, latch: Latch): string | undefined {
  if (standing === undefined) return latchText(latch);
  const first = readLatch(standing);
  if (first === undefined || first.workers !== undefined || latch.workers === undefined) return undefined;
  return latchText({ ...first, workers: latch.workers });
}

/**
 * A move that is under way while a latch stands may be a resume, which is about to clear the word that it has seen: a kill that
 * comes then puts its own in that place.
 */
function latchOfItsOwn(standing: string | undefined, latch: Latch): string | undefined {
  const workers = latch.workers ?? readLatch(standing ?? '')?.workers;
  const own = latchText(workers === undefined ? latch : { ...latch, workers });
  return own === standing ? undefined : own;
}

/** The ledger after a kill: latched, nothing permitted, the rollout ended with all that it pinned. */
export function ledgerKilled(before: Ledger | undefined, latch: Latch): Ledger {
  const { version, lastMove, drill, latch: standing } = before ?? EMPTY_LEDGER;
  const text = latchToWrite(standing === undefined ? undefined : latchText(standing), latch);
  return {
    version,
    permitted: 0,
    ...(lastMove && { lastMove }),
    ...(drill && { drill }),
    latch: text === undefined ? standing! : readLatch(text)!,
  };
}
