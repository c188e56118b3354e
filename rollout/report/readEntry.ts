import { z } from 'zod';
import { CHECK_IDS, PHASE_NAMES } from '../../phases/phase';
import { isActionKind } from '../action';
import { type ClusterState, type Reading, read, unreadable } from '../cluster';
import { SEVERITY } from '../decide';
import { liveExposure, type Switches } from '../exposure';
import { formatNumber } from '../format';
import { clipped, plainText } from '../plainText';
import { redacted } from '../redacted';
import type { Entry, Judged } from './entry';

const MOST_READ = 5_000;
const MOST_TEXT = 600;

/** Whatever somebody wrote becomes a line of plain text: no secret, no invisible character, no endless one. */
const text = z.string().transform((value) =>
  clipped(
    redacted(plainText(value.slice(0, MOST_READ)), [])
      .replace(/\s+/g, ' ')
      .trim(),
    MOST_TEXT,
  ),
);
const texts = z.array(text);
/** ISO; a clock that was never set is no time of a rollout, and would make every picture empty. */
const time = z
  .string()
  .transform((iso) => Date.parse(iso) / 1000)
  .refine((at) => at > Date.UTC(2000) / 1000 && at < Date.UTC(2200) / 1000, 'expected an ISO time');
const percent = z.number().min(0).max(100);
const ms = z.number().min(0);

const head = z.looseObject({
  version: z.literal(1),
  at: time,
  kind: text,
  by: text,
  mode: text.optional(),
  stack: text.optional(),
  move: text.optional(),
  image: text.optional(),
  revision: z.looseObject({ commit: text }).optional(),
});

const measured = z.looseObject({ kind: z.string(), value: z.number().optional() });
const facts = z.looseObject({
  phase: z.enum(PHASE_NAMES),
  checks: z.array(z.looseObject({ id: z.enum(CHECK_IDS), window: measured.optional() })),
  rules: z.array(
    z.looseObject({
      id: text,
      title: text,
      verdict: text,
      status: z.string(),
      firedAt: z.number().optional(),
      value: text.optional(),
    }),
  ),
  baseline: z.looseObject({ chatP99: z.number().positive() }).optional(),
  override: z.looseObject({ author: text, reason: text, expires: text, checks: texts }).optional(),
  sides: z.array(z.looseObject({ title: text, result: text, sentence: text })).optional(),
});
const outcome = z.looseObject({
  verdict: z.enum(SEVERITY).optional(),
  sentence: text.optional(),
  checks: z.array(z.looseObject({ id: z.enum(CHECK_IDS), status: text, limit: z.number().optional() })).optional(),
  warnings: texts.optional(),
  permit: z.looseObject({
    allowed: z.boolean(),
    direction: z.enum(['up', 'same', 'down']),
    reasons: texts,
  }),
});
const judgement = z.looseObject({
  target: z.looseObject({ percent }),
  cluster: z.looseObject({ ledger: z.looseObject({ text: z.string() }).optional() }),
  switches: z.looseObject({ flag: z.looseObject({}), killed: z.array(z.tuple([z.string(), z.looseObject({})])) }),
  facts: facts.optional(),
  outcome,
});
type JudgementPart = z.output<typeof judgement>;

const steps = z.looseObject({ state: text, afterMs: ms, sentence: text });
const killed = z.looseObject({
  reason: text,
  verdict: text.optional(),
  rule: text.optional(),
  incident: text.optional(),
  confirmedAfterMs: ms.optional(),
  outcome: z.looseObject({
    ways: z.array(steps.extend({ way: text })),
    latched: z.union([z.literal(true), text]),
  }),
  look: z.array(steps.extend({ what: text })).optional(),
});
const resumed = z.looseObject({
  reason: text,
  outcome: z.looseObject({ cleared: texts, failed: text.optional() }),
});
const drilled = z.looseObject({
  reason: text,
  outcome: z.looseObject({
    methods: z.array(
      z.looseObject({
        method: text,
        runs: z.number(),
        p50: ms.optional(),
        p95: ms.optional(),
        max: ms.optional(),
        result: text,
      }),
    ),
  }),
});
const pinned = z.looseObject({ reason: text, outcome: z.looseObject({ chatP99: z.number() }) });
/** Of a kind that a later version writes. */
const other = z.looseObject({
  reason: text.optional().catch(undefined),
  outcome: z.looseObject({ verdict: text.optional(), sentence: text.optional() }).optional().catch(undefined),
});

const ledgerSchema = z.looseObject({
  rollout: z.looseObject({ id: text }).optional(),
  lastMove: z.looseObject({ at: time, percent, enabled: z.boolean(), by: text }).optional(),
});

/** Reads one line of a journal. Never throws: what is no record is named, and its first fault. Pure. */
export function readEntry(line: string): Reading<Entry> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return unreadable('is no JSON: the line was cut off or changed');
  }
  const begun = head.safeParse(value);
  if (!begun.success) return unreadable(faultOf(begun.error));
  const { at, kind, by, mode, stack, move, image, revision } = begun.data;
  const shared = defined({ at, kind, by, mode, stack, move, image, commit: revision?.commit });
  try {
    return read({ ...shared, ...ownOf(kind, value) } as Entry);
  } catch (thrown) {
    if (thrown instanceof z.ZodError) return unreadable(faultOf(thrown));
    throw thrown;
  }
}

/** @throws ZodError */
function ownOf(kind: string, value: unknown): Partial<Entry> {
  if (['permit', 'refusal', 'decision'].includes(kind)) return judgedEntry(judgement.parse(value));
  if (!isActionKind(kind)) {
    const { reason, outcome: said } = other.parse(value);
    return defined({ reason, verdict: said?.verdict, sentence: said?.sentence });
  }
  switch (kind) {
    case 'baseline': {
      const { reason, outcome: done } = pinned.parse(value);
      return { reason, sentence: `chat p99 ${formatNumber('seconds', done.chatP99)}: ${reason}` };
    }
    case 'complete':
      return { reason: other.parse(value).reason ?? '' };
    case 'kill':
    case 'rollback':
      return killedEntry(killed.parse(value));
    case 'resume': {
      const { reason, outcome: done } = resumed.parse(value);
      return {
        reason,
        resumed: defined({ cleared: done.cleared, failed: done.failed }) as NonNullable<Entry['resumed']>,
      };
    }
    case 'drill': {
      const { reason, outcome: done } = drilled.parse(value);
      return {
        reason,
        drilled: done.methods.map((method) => defined(method) as NonNullable<Entry['drilled']>[number]),
      };
    }
  }
}

function judgedEntry(part: JudgementPart): Partial<Entry> {
  const { target, cluster, facts: known, outcome: said } = part;
  const { allowed, direction, reasons } = said.permit;
  const ledger = ledgerIn(cluster.ledger?.text);
  const { lastMove, rollout } = ledger ?? {};
  return defined({
    verdict: said.verdict,
    sentence: said.sentence,
    rollout: rollout?.id,
    live: liveIn(part),
    lastMove: lastMove && { at: lastMove.at, by: lastMove.by, percent: lastMove.enabled ? lastMove.percent : 0 },
    permit: { allowed, direction, reasons, percent: target.percent },
    judged: known === undefined || said.verdict === undefined ? undefined : judgedOf(known, said, said.verdict),
  });
}

function judgedOf(known: z.output<typeof facts>, said: z.output<typeof outcome>, verdict: Judged['verdict']): Judged {
  const values = new Map(
    known.checks.map(({ id, window }) => [id, window?.kind === 'value' ? window.value : undefined]),
  );
  return defined({
    phase: known.phase,
    verdict,
    baseline: known.baseline?.chatP99,
    checks: (said.checks ?? []).map(({ id, status, limit }) => defined({ id, status, limit, value: values.get(id) })),
    fired: known.rules.flatMap(({ status, id, title, verdict: asked, firedAt, value }) =>
      status === 'fired' ? [defined({ id, title, verdict: asked, firedAt, value })] : [],
    ),
    override: known.override,
    warnings: said.warnings ?? [],
    sides: known.sides ?? [],
  }) as Judged;
}

function killedEntry({
  reason,
  verdict,
  rule,
  incident,
  confirmedAfterMs,
  outcome: done,
  look,
}: z.output<typeof killed>) {
  return defined({
    reason,
    verdict,
    killed: defined({
      rule,
      incident,
      confirmedAfterMs,
      latched: done.latched,
      ways: done.ways.map(({ way, ...step }) => ({ what: way, ...step })),
      look: look ?? [],
    }),
  }) as Partial<Entry>;
}

/** What was live, by the same reading as ever; undefined where it was not known. */
function liveIn({ cluster, switches }: JudgementPart): number | undefined {
  try {
    const told = { flag: switches.flag, killed: new Map(switches.killed) } as unknown as Switches;
    const live = liveExposure(cluster as unknown as ClusterState, told);
    return live.kind === 'known' && percent.safeParse(live.percent).success ? live.percent : undefined;
  } catch {
    return undefined;
  }
}

function ledgerIn(stored: string | undefined): z.output<typeof ledgerSchema> | undefined {
  if (stored === undefined) return undefined;
  try {
    return ledgerSchema.parse(JSON.parse(stored));
  } catch {
    return undefined;
  }
}

function faultOf({ issues: [issue] }: z.ZodError): string {
  const where = issue?.path.join('.') ?? '';
  return plainText(`is not complete: ${where === '' ? '' : `${where}: `}${issue?.message ?? 'unreadable'}`);
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the fields that are not there. */
const defined = <T extends object>(value: T): Defined<T> =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
