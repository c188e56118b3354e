import { phaseNamed } from '../../phases/ladder';
import type { PhaseName } from '../../phases/phase';
import { timingOf } from '../../phases/timing';
import { seconds, type UnixSeconds, unixSeconds } from '../../phases/units';
import { type Judgement, judge } from '../../rollout/assessment';
import { type DenisState, type Reading, read, unreadable } from '../../rollout/cluster';
import { DEFAULT_WAYS, type KillOutcome, type Way } from '../../rollout/kill';
import { latchText } from '../../rollout/latch';
import { writeLedger } from '../../rollout/ledger';
import { freshStatus, readStatus, type WatcherStatus, writeStatus } from '../../rollout/watcherStatus';
import { type Deed, type Observation, step } from '../../rollout/watchStep';
import { NOTHING_SEEN, type Witness } from '../../rollout/witness';
import { assessment, type Given } from './assessments';
import { denisState, podState } from './clusterState';
import { NOON, type Readings } from './healthyPhase';

/** Time of the samples runs faster, so that a phase is a few of them; the steps themselves are in the plan's time. */
const FAST = { timeScale: 3600, scrapeInterval: '1s', minimumJobs: 5, ruleMinimumJobs: 5, ruleMinimumFailed: 3 };
export const TIMING = timingOf(1, seconds(15));
export const LATCH = { by: 'watcher-1', at: '2026-11-25T12:00:00.000Z', reason: 'ROLLBACK' };
const activatedAt = NOON - 200;
const newestReplicaSet = { uid: 'rs-new', createdAt: unixSeconds(activatedAt) };

/** The world as a watcher judges it; a judgement of the same world may be had at any moment. */
export type World = (at: UnixSeconds) => Judgement;

function world(stack: PhaseName, given: Given, witness: Witness = NOTHING_SEEN): World {
  const asked = assessment(stack, { raw: FAST, activatedAt, ...given });
  const probes = [{ at: NOON, result: 'good' as const }];
  const judgement = judge(asked, { witness: { ...witness, probes: [...probes, ...witness.probes] } });
  return (at) => ({ ...judgement, at });
}

/** A phase that is live, with other readings than well ones. */
export function living(live: number, readings: Readings = {}, own: Given = {}): World {
  const stack = stackAt(live);
  return world(stack, { live, readings, denis: denisState(live, { newestReplicaSet, pods: podsAt(live) }), ...own });
}

/** Killed: declared off, every pod restarted and told, latched as said. */
export function off(live: number, own: Partial<DenisState> = {}, given: Given = {}): World {
  const asked = assessment(stackAt(live), { live, raw: FAST, activatedAt, ...given });
  const serves = { pct: live, enabled: false };
  const denis = denisState(live, {
    template: { pct: String(live), enabled: 'false', move: '4' },
    effective: serves,
    latch: latchText(LATCH),
    newestReplicaSet: { uid: 'rs-off', createdAt: unixSeconds(NOON + 5) },
    pods: ['denis-x', 'denis-y'].map((name) => podState(name, { serves, move: 4, replicaSet: 'rs-off' })),
    ...own,
  });
  const ledger = { text: writeLedger({ version: 1, permitted: 0, latch: LATCH }), resourceVersion: '43' };
  const judgement = judge({
    ...asked,
    target: { stack: stackAt(live), percent: 0 },
    cluster: { ...asked.cluster, denis, ledger },
    switches: {
      flag: read(false),
      killed: new Map(denis.pods.map(({ name }) => [name, read(false)])),
    },
  });
  return (at) => ({ ...judgement, at });
}

export const stackAt = (live: number): PhaseName =>
  (['canary-1', 'canary-10', 'canary-50', 'canary-100'] as const).find((name) => phaseNamed(name)?.exposure === live)!;
export const podsAt = (pct: number, enabled = pct > 0) =>
  ['denis-a', 'denis-b'].map((name) => podState(name, { serves: { pct, enabled } }));

/** A kill that ended: latched, and confirmed by these ways. */
export const killed = (ways: readonly Way[] = DEFAULT_WAYS, own: Partial<KillOutcome> = {}): KillOutcome => ({
  ways: ways.map((way) => ({ way, state: 'confirmed', afterMs: 900, sentence: `${way}: off` })),
  latched: true,
  copied: true,
  ...own,
});

/** What a tick finds, `after` seconds after noon. */
export interface Tick {
  readonly after: number;
  readonly world: World | string;
  readonly witness?: Witness;
  readonly killed?: KillOutcome;
}

export function observation({ after, world: found, witness = NOTHING_SEEN, killed: outcome }: Tick): Observation {
  const at = unixSeconds(NOON + after);
  const judgement: Reading<Judgement> = typeof found === 'string' ? unreadable(found) : read(found(at));
  return { at, judgement, witness, ...(outcome === undefined ? {} : { killed: outcome }) };
}

export interface Ticked {
  readonly status: WatcherStatus;
  /** By tick. */
  readonly deeds: readonly (readonly Deed[])[];
}

/** One tick after the other, the status written down and read again in between, as over restarts. */
export function ticked(ticks: readonly Tick[], before: WatcherStatus = freshStatus(NOON)): Ticked {
  let status = before;
  const deeds = ticks.map((tick) => {
    const next = step(reread(status), observation(tick), TIMING);
    status = next.status;
    return next.deeds;
  });
  return { status, deeds };
}

export function reread(status: WatcherStatus): WatcherStatus {
  const again = readStatus(writeStatus(status));
  if (again.kind === 'unreadable') throw new Error(again.reason);
  return again.value;
}

/** What was done, for people: `kill flag+api+environment`, `rollback`. */
export const namesOf = (deeds: readonly Deed[]): string[] =>
  deeds.map((deed) => (deed.kind === 'kill' ? `kill ${deed.ways.join('+')}` : deed.event.kind));
