import type { Gate } from '../observe/gate';
import { kubectlFor } from '../observe/kubectl';
import { reasonOf } from '../phases/userError';
import { formatTime } from '../rollout/format';
import { type Notification, TITLES } from '../rollout/notification';
import { aligned } from '../rollout/table';
import { LAST_PHASE, type Validation, validationCells } from '../rollout/validation';
import { recordAction } from './actionEvidence';
import { authorAt } from './author';
import { noteValidated, type Told, tellComplete } from './completion';
import type { Telling } from './notify/index';

export interface ValidatedOptions {
  /** Ended by it. */
  readonly telling: Telling;
  /** Address of the dashboard. */
  readonly dashboard: string;
  readonly env: NodeJS.ProcessEnv;
  readonly clock: () => number;
  /** One sentence for whatever could not be done; nothing of it changes that it is validated. */
  readonly say: (sentence: string) => void;
}

/** A message gets this long to arrive. */
const TELL_MS = 20_000;

/**
 * Writes down that the rollout is validated, the first time, and has people told, once. Never throws.
 * @returns what became of the news; undefined where there is nobody to tell
 */
export async function whenValidated(
  gate: Gate,
  validation: Validation,
  { telling, dashboard, env, clock, say }: ValidatedOptions,
): Promise<Told | undefined> {
  const kubectl = kubectlFor(gate.cluster, env);
  const { at, by, id } = authorAt(gate.judgement.at);
  try {
    if (await noteValidated(kubectl, { at, by })) {
      const outcome = { lines: validation.lines };
      const action = { kind: 'complete', at, by, reason: 'npm run validate', stack: LAST_PHASE, outcome } as const;
      (await recordAction(action, { kubectl, ...gate }, env)).forEach(say);
    }
  } catch (thrown) {
    say(`the ledger does not say that it is validated: ${reasonOf(thrown)}`);
  }
  if (!telling.anybody) return undefined;
  const send = (): Promise<boolean> => sent(telling, newsOf(gate, validation, dashboard));
  const told = await tellComplete({ kubectl, by: `validate ${by} ${id}`, clock, withinMs: 2 * TELL_MS, send });
  if (told.kind === 'failed' || told.kind === 'unsure') say(`"${TITLES.complete}": ${told.sentence}`);
  return told;
}

async function sent(telling: Telling, news: Notification): Promise<boolean> {
  let arrived = false;
  telling.tell(news, (whether) => {
    arrived = whether;
  });
  await telling.close(TELL_MS);
  return arrived;
}

function newsOf({ judgement }: Gate, validation: Validation, dashboard: string): Notification {
  return {
    key: 'complete',
    severity: 'info',
    title: TITLES.complete,
    text: `validated: everything that the plan asks for after 100 % is so\n${formatTime(judgement.at, 'seconds')}`,
    table: aligned(validationCells(validation)).join('\n'),
    link: dashboard,
  };
}
