import type { DrillOutcome } from './drill';
import { oneLine, type Revision } from './evidence';
import { formatNumber } from './format';
import { type AfterKill, confirmedAfter, type KillOutcome } from './kill';
import type { ValidatedLine } from './validation';

interface Done {
  /** ISO time of the order. */
  readonly at: string;
  /** Who did it, for people. */
  readonly by: string;
  readonly reason: string;
  /** Whose settings were used; absent where nobody named a stack. */
  readonly stack?: string;
}

interface Killed extends Done {
  readonly outcome: KillOutcome;
  /** What the look after it found. */
  readonly look?: readonly AfterKill[];
}

/** Something that was done, not judged: there is nothing to judge again. */
export type Action =
  | (Killed & { readonly kind: 'kill' })
  | (Killed & {
      readonly kind: 'rollback';
      readonly verdict: 'ROLLBACK' | 'EMERGENCY';
      readonly rule: string;
      /** Of the watcher, the same for one live move. */
      readonly incident?: string;
    })
  | (Done & {
      readonly kind: 'resume';
      /** What was done, a sentence a step; and why it went no further. */
      readonly outcome: { readonly cleared: readonly string[]; readonly failed?: string };
    })
  | (Done & { readonly kind: 'drill'; readonly outcome: DrillOutcome })
  /** A lost baseline of chat p99 was pinned again, in seconds. */
  | (Done & { readonly kind: 'baseline'; readonly outcome: { readonly chatP99: number; readonly samples: number } })
  /** The rollout was validated for the first time. */
  | (Done & { readonly kind: 'complete'; readonly outcome: { readonly lines: readonly ValidatedLine[] } });

export type ActionKind = Action['kind'];

/** An action as the journal holds it. Plain data without secrets. */
export type ActionRecord = Action & {
  readonly version: 1;
  readonly revision: Revision;
  /** Number of the live move and image, as the Deployment carried them afterwards. */
  readonly liveMove?: string;
  readonly image?: string;
  /** Of a kill, ms after the order at which its first way was confirmed. */
  readonly confirmedAfterMs?: number;
};

export interface ActionPlace {
  readonly revision: Revision;
  readonly liveMove?: string | undefined;
  readonly image?: string | undefined;
}

/** Puts one action into a record. Pure. */
export function actionRecordOf(action: Action, { revision, liveMove, image }: ActionPlace): ActionRecord {
  const confirmed = action.kind === 'kill' || action.kind === 'rollback' ? confirmedAfter(action.outcome) : undefined;
  return {
    version: 1,
    ...action,
    revision,
    ...(liveMove === undefined ? {} : { liveMove }),
    ...(image === undefined ? {} : { image }),
    ...(confirmed === undefined ? {} : { confirmedAfterMs: confirmed }),
  };
}

const KINDS: Readonly<Record<ActionKind, true>> = {
  kill: true,
  rollback: true,
  resume: true,
  drill: true,
  baseline: true,
  complete: true,
};

/** Whether a record of the journal is one of these, so that nothing of it is to be judged again. */
export const isActionKind = (kind: unknown): kind is ActionKind =>
  typeof kind === 'string' && Object.hasOwn(KINDS, kind);

const FIELDS: readonly (keyof ActionRecord)[] = ['at', 'by', 'reason', 'revision', 'outcome'];

/** What every action says, and this record does not. */
export const missingIn = (record: Partial<ActionRecord>): string[] =>
  FIELDS.filter((field) => record[field] === undefined);

/** The action in one line of at most a kilobyte, for an Event. */
export function actionSummary(action: Action): string {
  return oneLine([action.kind, ...partsOf(action), `by ${action.by}: ${action.reason}`]);
}

function partsOf(action: Action): string[] {
  switch (action.kind) {
    case 'kill':
      return killParts(action.outcome);
    case 'rollback':
      return [`${action.verdict}: ${action.rule}`, ...killParts(action.outcome)];
    case 'resume': {
      const { cleared, failed } = action.outcome;
      return [`${cleared.length} steps done`, ...(failed === undefined ? [] : [`failed: ${failed}`])];
    }
    case 'drill':
      return action.outcome.methods.map(
        ({ method, runs, p95, result }) =>
          `${method} ${result}, ${p95 === undefined ? '' : `p95 ${secondsOf(p95)} `}of ${runs}`,
      );
    case 'baseline': {
      const { chatP99, samples } = action.outcome;
      return [`chat p99 ${secondsOf(1000 * chatP99)}`, samples === 0 ? 'given' : `measured by ${samples} samples`];
    }
    case 'complete': {
      const passed = action.outcome.lines.filter(({ result }) => result === 'pass').length;
      return [`${passed} of ${action.outcome.lines.length} lines passed, the others are not configured`];
    }
  }
}

function killParts({ ways, latched }: KillOutcome): string[] {
  return [
    ...ways.map(({ way, state, afterMs }) => `${way} ${state} after ${secondsOf(afterMs)}`),
    latched === true ? 'latched' : `NOT LATCHED: ${latched}`,
  ];
}

const secondsOf = (ms: number): string => formatNumber('seconds', ms / 1000);
