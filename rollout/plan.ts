import { phaseNamed } from '../phases/ladder';
import type { Baseline } from './baseline';
import { isWired, moveNumber } from './cluster';
import { configuredPercent } from './exposure';
import { readLatch } from './latch';
import { EMPTY_LEDGER, type Ledger } from './ledger';
import type { Standing } from './move';
import { turnsOff } from './turnOff';

/** What one move writes: decided once, the same in preview and update. */
export interface Plan {
  readonly pct: number;
  readonly enabled: boolean;
  /** Kept while nothing changes and nothing is latched, else the live one + 1, so that every change restarts the pods. */
  readonly move: number;
  /** `down` forces its values and does not wait; `up` does neither. A repeated move keeps the manner of the last one. */
  readonly manner: 'up' | 'down';
  readonly workers: WorkersPlan | undefined;
  /** `exposure 1 % → 10 %`, one line a value that changes. */
  readonly changes: readonly string[];
  /** Whether the container's variables must be wired to the annotations again. */
  readonly rewire: boolean;
}

export type WorkersPlan =
  | { readonly kind: 'replicas'; readonly replicas: number }
  | { readonly kind: 'autoscaler'; readonly name: string; readonly min: number; readonly max: number };

/** What the pods serve once a plan is written: its percentage, or 0 where it turns the feature off. */
export const percentOf = ({ pct, enabled }: Pick<Plan, 'pct' | 'enabled'>): number => (enabled ? pct : 0);

/** Plans the writes of a move. Pure. */
export function planOf(standing: Standing): Plan {
  const { target, direction, cluster, ledger, kills } = standing;
  const phase = phaseNamed(target.stack)!;
  const { denis } = cluster;
  const live = denis?.template;
  const pct = phase.exposure;
  const enabled = target.percent > 0 && (direction === 'up' || turnsOff(standing) === undefined);
  const last = ledger.kind === 'ledger' ? ledger.ledger.lastMove : undefined;
  const liveMove = moveNumber(live?.move);
  const unchanged = live?.pct === String(pct) && live.enabled === String(enabled) && kills.length === 0;
  const move = unchanged && liveMove !== undefined ? liveMove : (liveMove ?? last?.number ?? 0) + 1;
  const manner = direction === 'same' ? (last?.direction ?? 'up') : direction;
  const workers = workersPlan(standing, phase.workerFloor);
  return {
    pct,
    enabled,
    move,
    manner,
    workers,
    changes: changesOf(standing, { pct, enabled, move, workers }),
    rewire: direction !== 'up' && denis !== undefined && !isWired(denis.wiring),
  };
}

/** Up: the phase's floor, never below what runs or ran when the rollout began. Otherwise what runs, so that nothing changes. */
function workersPlan({ cluster, ledger, direction }: Standing, floor: number): WorkersPlan | undefined {
  const { workers } = cluster;
  if (workers === undefined) return undefined;
  const began = ledger.kind === 'ledger' ? (ledger.ledger.rollout?.workers ?? 0) : 0;
  if (workers.autoscaler !== undefined) {
    const { name, min, max } = workers.autoscaler;
    const least = direction === 'up' ? Math.max(floor, min, began) : min;
    return { kind: 'autoscaler', name, min: least, max: Math.max(max, least) };
  }
  const replicas = direction === 'up' ? Math.max(floor, workers.replicas, began) : workers.replicas;
  return { kind: 'replicas', replicas };
}

function changesOf({ cluster }: Standing, next: Pick<Plan, 'pct' | 'enabled' | 'move' | 'workers'>): string[] {
  const { denis, workers } = cluster;
  const changes: string[] = [];
  const note = (what: string, before: string, after: string): void => {
    if (before !== after) changes.push(`${what} ${before} → ${after}`);
  };
  note('exposure', `${denis === undefined ? '?' : configuredPercent(denis)} %`, `${next.pct} %`);
  note('enabled', String(denis?.effective.enabled ?? '?'), String(next.enabled));
  note('move', denis?.template.move ?? 'none', String(next.move));
  if (next.workers?.kind === 'replicas') note('workers', String(workers?.replicas), String(next.workers.replicas));
  if (next.workers?.kind === 'autoscaler') {
    const { min, max } = workers!.autoscaler!;
    note('workers (autoscaler)', `${min}–${max}`, `${next.workers.min}–${next.workers.max}`);
  }
  return changes;
}

export interface Author {
  /** Who moves, for people; no secret. */
  readonly by: string;
  /** ISO time. */
  readonly at: string;
  /** Fresh id, used when a rollout begins. */
  readonly id: string;
}

/**
 * The ledger after a move: a permitted `up` raises the permitted exposure, everything else lowers it to what it asks for.
 * A move that meets a kill latches it, as the first latch says or else in its own words, so that nothing forgets it when the
 * pods restart, and ends the rollout with what it pinned.
 * @param source where the samples come from; a rollout that starts pins it
 */
export function ledgerAfter(
  standing: Standing,
  plan: Plan,
  baseline: Baseline | undefined,
  author: Author,
  source?: string,
): Ledger {
  const { ledger, direction, live, target, kills, cluster } = standing;
  const before = ledger.kind === 'ledger' ? ledger.ledger : EMPTY_LEDGER;
  const permitted = direction === 'up' ? target.percent : Math.min(before.permitted, percentOf(plan));
  const lastMove = {
    number: plan.move,
    stack: target.stack,
    percent: plan.pct,
    enabled: plan.enabled,
    direction: plan.manner,
    at: author.at,
    by: author.by,
  };
  if (kills.length > 0) {
    const noted = before.latch ?? readLatch(cluster.denis?.latch ?? '');
    const latch = noted ?? { by: author.by, at: author.at, reason: kills.join('; ') };
    return { version: before.version, permitted, lastMove, latch, ...(before.drill && { drill: before.drill }) };
  }
  const starts = direction === 'up' && live.kind === 'known' && live.percent === 0 && before.rollout === undefined;
  const rollout = { id: author.id, startedAt: author.at, workers: cluster.workers?.replicas ?? 0 };
  const { complete: _, ...lowered } = before;
  return {
    ...(direction === 'down' ? lowered : before),
    permitted,
    lastMove,
    ...(starts ? { rollout, ...(source === undefined ? {} : { source }) } : {}),
    ...(direction === 'up' && baseline !== undefined ? { baseline } : {}),
  };
}
