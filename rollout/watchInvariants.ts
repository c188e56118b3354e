import { minutes, seconds } from '../phases/units';
import { DEFAULT_WAYS, WAYS, type Way } from './kill';
import { readLatch } from './latch';
import type { Standing } from './move';
import type { Lasting } from './watchEvent';
import type { Incident } from './watcherStatus';

export interface InvariantTick {
  /** A kill that must be made, or made whole. */
  readonly kill?: { readonly ways: readonly Way[]; readonly reason: string };
  readonly lasting: readonly Lasting[];
}

/** A kill under way has latched and not yet turned everything off: its budget, three times. Not scaled. */
const KILL_TAKES = seconds(30);
/** A move under way has written the ledger, and its pods are still coming. Not scaled: rollouts are not. */
const MOVE_TAKES = minutes(5);

/** What design and plan promise of a latch, and of the live move. Source: design.md, "Invariants that the watcher checks every tick". */
export function invariantTick(standing: Standing, incident: Incident | undefined): InvariantTick {
  if (!isLatched(standing)) {
    if (standing.kills.length === 0) return { lasting: movesDiffer(standing) };
    const reason = `completes a kill: ${standing.kills.join('; ')}`;
    return {
      kill: { ways: DEFAULT_WAYS, reason },
      lasting: [
        {
          key: `kill:${standing.cluster.denis?.template.move}`,
          kind: 'kill-completed',
          sentence: `${reason}; no rollback rule fired`,
        },
      ],
    };
  }
  const emergency = isEmergency(standing, incident);
  const broken = brokenLatch(standing, emergency);
  if (broken.length === 0) return { lasting: [] };
  const reason = `the latch does not hold: ${broken.join('; ')}`;
  return {
    kill: { ways: emergency ? WAYS : DEFAULT_WAYS, reason },
    lasting: [{ key: 'latch', kind: 'latch-broken', sentence: `${reason}; killing it again`, grace: KILL_TAKES }],
  };
}

function isLatched({ cluster, ledger }: Standing): boolean {
  return cluster.denis?.latch !== undefined || (ledger.kind === 'ledger' && ledger.ledger.latch !== undefined);
}

/** Whether the latch stands for workers at 0 too. */
function isEmergency({ cluster, ledger }: Standing, incident: Incident | undefined): boolean {
  const latch = cluster.denis?.latch === undefined ? undefined : readLatch(cluster.denis.latch);
  const copy = ledger.kind === 'ledger' ? ledger.ledger.latch : undefined;
  return incident?.verdict === 'EMERGENCY' || latch?.workers !== undefined || copy?.workers !== undefined;
}

/** What serves, or would with the next pod, although it is latched off. */
function brokenLatch({ cluster, switches, live }: Standing, emergency: boolean): string[] {
  const { denis, workers } = cluster;
  const found: string[] = [];
  if (live.kind === 'known' && live.percent > 0) found.push(`${live.percent} % is live`);
  if (denis !== undefined && denis.effective.enabled !== false && denis.effective.pct !== 0) {
    found.push('the Deployment does not declare it off');
  }
  for (const { name, ready, serves } of denis?.pods ?? []) {
    const killed = switches.killed.get(name);
    const told = killed?.kind === 'read' && killed.value;
    if (ready && serves.enabled !== false && serves.pct !== 0 && !told) found.push(`pod ${name} was not told to stop`);
  }
  if (emergency && workers !== undefined && workers.replicas > 0) found.push(`${workers.replicas} workers are wanted`);
  return found;
}

/** The live move is the ledger's last one, and every Ready pod carries it. */
function movesDiffer({ cluster: { denis }, ledger }: Standing): Lasting[] {
  const last = ledger.kind === 'ledger' ? ledger.ledger.lastMove : undefined;
  if (denis === undefined || last === undefined) return [];
  const others = denis.pods.filter(({ ready, move }) => ready && move !== last.number).map(({ name }) => name);
  const found = [
    ...(denis.template.move === String(last.number)
      ? []
      : [`the Deployment carries move ${denis.template.move ?? 'none'}`]),
    ...(others.length === 0 ? [] : [`${others.join(', ')} ${others.length === 1 ? 'carries' : 'carry'} another one`]),
  ];
  if (found.length === 0) return [];
  const sentence = `the ledger's last move is ${last.number}, but ${found.join(', and ')}`;
  return [{ key: `moves:${last.number}:${denis.template.move}`, kind: 'moves-differ', sentence, grace: MOVE_TAKES }];
}
