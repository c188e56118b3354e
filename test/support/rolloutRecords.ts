import type { PhaseName } from '../../phases/phase';
import { type Action, type ActionRecord, actionRecordOf } from '../../rollout/action';
import { judge } from '../../rollout/assessment';
import { drillOutcome } from '../../rollout/drill';
import { type EvidenceRecord, evidenceOf, type Occasion } from '../../rollout/evidence';
import { moveName } from '../../rollout/table';
import { allActions, drillRun } from './actions';
import { assessment, type Given } from './assessments';
import { NOON } from './healthyPhase';
import { HOSTILE } from './hostile';
import { OCCASION } from './judgements';

export type AnyRecord = EvidenceRecord | ActionRecord;

/** So fast that a window is seconds: a record costs a few milliseconds. */
const FAST = { timeScale: 3600, scrapeInterval: '1s', minimumJobs: 5, ruleMinimumJobs: 5, ruleMinimumFailed: 3 };
const HOUR = 3_600;
/** Monday of the week of {@link NOON}, 07:00 UTC. */
export const START = NOON - 2 * 24 * HOUR - 5 * HOUR;
const iso = (at: number): string => new Date(at * 1000).toISOString();
export const ROLLOUT = { id: 'r-2026-11-23', startedAt: iso(START + 5), workers: 2 };

/** What is judged of a stack at a moment. */
export function judgedAt(
  at: number,
  stack: PhaseName,
  { live, ledger, raw, ...given }: Given & { readonly live: number },
  occasion: Partial<Occasion> = {},
): EvidenceRecord {
  // The day before the start is looked at as it is.
  const settings = live === 0 ? { ...raw } : { ...FAST, ...raw };
  const told = typeof ledger === 'string' ? ledger : { ...(live > 0 ? { rollout: ROLLOUT } : {}), ...ledger };
  const judgement = judge(assessment(stack, { at, live, raw: settings, ...given, ledger: told }));
  return evidenceOf(judgement, { ...OCCASION, ...occasion }, moveName(judgement));
}

const done = (action: Action): ActionRecord =>
  actionRecordOf(action, { revision: OCCASION.revision, liveMove: '9', image: 'denis:1' });

/** A rollout up to 50 %, where it was rolled back; with a drill before it, an override, and a resume after it. */
export function wholeRollout(): AnyRecord[] {
  const [kill, rollback, resume] = allActions() as [Action, Action & { readonly kind: 'rollback' }, Action];
  const by = 'ana@laptop';
  const override = {
    override: {
      reason: 'a slow disk, known',
      author: 'ana',
      checks: ['materializer-p99'],
      expires: iso(START + 74 * HOUR),
    },
  };
  const watched = (
    hour: number,
    stack: PhaseName,
    live: number,
    readings: NonNullable<Given['readings']> = {},
    raw = {},
  ) => judgedAt(START + hour * HOUR, stack, { live, readings, raw }, { by: 'watcher', mode: 'report' });
  const moved = (hour: number, stack: PhaseName, live: number, mode: Occasion['mode'] = 'update') =>
    judgedAt(START + hour * HOUR, stack, { live }, { mode });
  const wave = (hour: number, size: number): number => size * Math.sin(hour * 1.7);
  const hours = (from: number, to: number, every: number): number[] =>
    Array.from({ length: Math.ceil((to - from) / every) }, (_, nth) => from + nth * every);
  const runs = (['flag', 'api', 'environment', 'default'] as const).flatMap((method) =>
    [620, 840].map((lastJobMs) => drillRun({ method, lastJobMs })),
  );
  return [
    done({
      kind: 'drill',
      at: iso(START - 20 * HOUR),
      by,
      stack: 'canary-1',
      reason: 'before the rollout',
      outcome: drillOutcome(runs),
    }),
    moved(-1, 'canary-1', 0, 'preview'),
    moved(0, 'canary-1', 0),
    ...hours(1, 5, 0.5).map((hour) =>
      watched(hour, 'canary-1', 1, { materializer_success_rate: 0.985 + wave(hour, 0.008) }),
    ),
    moved(5, 'canary-10', 1),
    ...hours(6, 29, 2).map((hour) =>
      watched(hour, 'canary-10', 10, {
        materializer_success_rate: 0.988 + wave(hour, 0.004),
        materializer_latency_p99: 5 + wave(hour, 2),
      }),
    ),
    moved(29, 'canary-50', 10, 'preview'),
    moved(29.5, 'canary-50', 10),
    ...hours(31, 70, 3).map((hour) =>
      watched(
        hour,
        'canary-50',
        50,
        {
          materializer_latency_p99: hour > 50 ? 5.6 + wave(hour, 0.4) : 4 + wave(hour, 0.6),
          queue_depth: 90 + wave(hour, 60),
        },
        hour > 50 ? override : {},
      ),
    ),
    watched(71, 'canary-50', 50, { error_rate: 0.042 }),
    done({
      ...rollback,
      rule: 'error-above',
      at: iso(START + 71 * HOUR + 4),
      by: 'watcher-1',
      reason: 'error rate > 3 % for 1m00s, now 4.20 %',
    }),
    done({ ...kill, at: iso(START + 71 * HOUR + 90), by, reason: 'to be sure' }),
    done({ ...resume, at: iso(START + 80 * HOUR), by, reason: 'the disk is replaced' }),
  ];
}

export const linesOf = (records: readonly AnyRecord[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join('');

/** A rollout of which every text is hostile, and long. */
export function hostileRecords(): AnyRecord[] {
  const bad = `${HOSTILE} [x](javascript:1) @everyone | ## ${'x'.repeat(2_000)}`;
  const soil = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map((one) => soil(one, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, soil(one, name)]));
    }
    return typeof value === 'string' && SOILED.has(key) ? bad : value;
  };
  return wholeRollout().map((record) => soil(record) as AnyRecord);
}

/** Fields that hold a text of anybody; the others choose between words. */
const SOILED = new Set([
  ...[
    'by',
    'reason',
    'reasons',
    'sentence',
    'move',
    'stack',
    'image',
    'commit',
    'title',
    'value',
    'author',
    'warnings',
  ],
  ...['way', 'what', 'state', 'cleared', 'result', 'method', 'incident', 'rule', 'latched', 'expires'],
]);
