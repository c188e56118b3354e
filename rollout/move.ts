import { LADDER, phaseAfter, phaseServing } from '../phases/ladder';
import type { Phase, PhaseName } from '../phases/phase';
import { CLOCK_TOLERANCE } from '../phases/timing';
import { type ClusterState, isWired, type Reading } from './cluster';
import type { Decision } from './decide';
import { configuredPercent, killsOf, type LiveExposure, liveExposure, type Switches, switchesOff } from './exposure';
import type { Watching } from './heartbeat';
import { latchSentence } from './latch';
import type { LedgerReading } from './ledger';
import { turnsOff } from './turnOff';

/** What a stack asks for: a phase's percentage, or off. */
export interface Target {
  readonly stack: PhaseName;
  /** 0 when the stack declares `canary:enabled: false`. */
  readonly percent: number;
}

export function targetOf(phase: Phase, enabled: boolean): Target {
  return { stack: phase.name, percent: enabled ? phase.exposure : 0 };
}

export type Direction = 'up' | 'same' | 'down';

/** Allowed or refused, for one move; always with a reason, and with what to do when refused. */
export interface Permit {
  readonly allowed: boolean;
  readonly direction: Direction;
  readonly reasons: readonly string[];
  readonly todo: readonly string[];
}

/** One reading of the world, as far as a move needs it. */
export interface Standing {
  readonly target: Target;
  readonly cluster: ClusterState;
  readonly switches: Switches;
  readonly ledger: LedgerReading;
  readonly live: LiveExposure;
  /** Why the feature counts as killed or latched; empty when it does not. */
  readonly kills: readonly string[];
  readonly direction: Direction;
}

export function standingOf(target: Target, cluster: ClusterState, switches: Switches, ledger: LedgerReading): Standing {
  const live = liveExposure(cluster, switches);
  const declaredOff = ledger.kind === 'ledger' && ledger.ledger.lastMove?.enabled === false;
  const kills = killsOf(cluster, switches, declaredOff);
  if (ledger.kind === 'ledger' && ledger.ledger.latch !== undefined) {
    const copy = latchSentence(ledger.ledger.latch);
    if (!kills.includes(copy)) kills.push(copy);
  }
  return { target, cluster, switches, ledger, live, kills, direction: directionOf(target, cluster, live) };
}

/** Source: the plan, "Moves". While the exposure is unknown, off or less than what is configured is down. */
function directionOf(target: Target, cluster: ClusterState, live: LiveExposure): Direction {
  if (target.percent === 0) return 'down';
  if (live.kind === 'known') {
    if (target.percent > live.percent) return 'up';
    return target.percent === live.percent ? 'same' : 'down';
  }
  const configured = cluster.denis === undefined ? 0 : configuredPercent(cluster.denis);
  return target.percent < configured ? 'down' : 'up';
}

/** What beside the standing speaks for or against a move up. */
export interface UpEvidence {
  /** The decision on the live phase; undefined from 0. */
  readonly decision: Decision | undefined;
  /** From 0: what the pre-flight found wrong; empty when all is well. */
  readonly preflight: readonly string[];
  /** Problems of the settings; a broken one refuses every move up. */
  readonly settings: Reading<true>;
  /** Whether the clock of each source agrees with ours: seconds of difference by name. */
  readonly clocks: ReadonlyMap<string, number>;
  /** Where the samples come from; undefined with wrong settings. */
  readonly source?: string | undefined;
  /** False outside the hours in which the target phase may begin. */
  readonly inHours: boolean;
  /** Who watches the rollback rules from then on. */
  readonly watching: Watching;
}

/** Judges a move. Down and same are never refused; up needs everything. */
export function judgeMove(standing: Standing, evidence: UpEvidence): Permit {
  const { direction, target } = standing;
  if (direction !== 'up') {
    const what = target.percent === 0 ? 'off' : `${target.percent} %`;
    const reason = direction === 'same' ? `${what} is live already` : `down to ${what} is always allowed`;
    const off = target.percent === 0 ? undefined : turnsOff(standing);
    const reasons = [off === undefined ? reason : `${reason}, and it turns the feature off: ${off}`];
    return { allowed: true, direction, reasons, todo: [] };
  }
  const refusals = [
    ...settingsRefusals(evidence),
    ...upRefusals(standing, evidence),
    ...sourceRefusals(standing, evidence),
    ...evidenceRefusals(standing, evidence),
  ];
  return {
    allowed: refusals.length === 0,
    direction,
    reasons:
      refusals.length === 0
        ? [evidence.decision?.sentence ?? 'pre-flight is clean']
        : refusals.map(({ reason }) => reason),
    todo: refusals.flatMap(({ todo }) => (todo === undefined ? [] : [todo])),
  };
}

interface Refusal {
  readonly reason: string;
  readonly todo?: string;
}

/** What the state of the cluster says against a move up. */
function upRefusals({ target, cluster, switches, ledger, live, kills }: Standing, { settings }: UpEvidence): Refusal[] {
  const found: Refusal[] = [];
  const { denis } = cluster;
  const off = switchesOff(cluster, switches);
  if (kills.length > 0) {
    found.push({
      reason: `the feature is off and stays off: ${kills.join('; ')}`,
      todo: 'find out why it was killed, then npm run resume ends this rollout; only canary-1 may follow',
    });
  }
  if (kills.length === 0 && off.length > 0) {
    found.push({
      reason: `a switch is off, so that nothing would be served: ${off.join('; ')}`,
      todo: 'find out who turned it off and why; npm run resume takes that back',
    });
  }
  if (denis === undefined) {
    found.push({
      reason: 'the Deployment of Denis does not exist',
      todo: 'check canary:namespace and canary:deployment',
    });
  } else if (!isWired(denis.wiring)) {
    const before = denis.template.move !== undefined;
    found.push({
      reason: before
        ? 'a variable of the Deployment was set by hand: it no longer reads the annotations'
        : 'the Deployment is not adopted: its two variables do not read the annotations',
      todo: before ? 'set canary:enabled to false and run pulumi up: a move down wires it again' : 'npm run adopt',
    });
  } else if (denis.template.move === undefined) {
    found.push({ reason: 'the Deployment is not adopted: its annotations are missing', todo: 'npm run adopt' });
  }
  if (cluster.workers === undefined) {
    found.push({ reason: 'the Deployment of the workers does not exist', todo: 'check canary:workers' });
  }
  if (ledger.kind === 'missing') {
    found.push({
      reason: 'the ledger (ConfigMap denis-canary) is missing',
      todo: 'npm run adopt writes a new one at 0 %',
    });
  } else if (ledger.kind === 'broken') {
    found.push({
      reason: `the ledger (ConfigMap denis-canary) cannot be read: ${ledger.reason}`,
      todo: 'restore it from its last evidence, or delete it and run npm run adopt',
    });
  } else if (live.kind === 'known' && live.percent > ledger.ledger.permitted) {
    found.push({
      reason: `${live.percent} % is live, but only ${ledger.ledger.permitted} % was ever permitted`,
      todo: 'go down to a permitted phase, or turn the feature off',
    });
  }
  if (live.kind === 'unknown') {
    // With wrong settings nothing outside the cluster was asked: the settings are the reason then.
    if (settings.kind === 'unreadable') return found;
    found.push({
      reason: `the live exposure is unknown: ${live.reasons.join('; ')}`,
      todo: 'make it readable; going down is possible meanwhile',
    });
  } else {
    found.push(...ladderRefusals(target, live.percent));
  }
  return found;
}

/** Only the next phase: never one that skips another, never from a percentage between two. */
function ladderRefusals(target: Target, livePercent: number): Refusal[] {
  const current = phaseServing(livePercent);
  if (livePercent > 0 && current === undefined) {
    return [{ reason: `${livePercent} % is no phase of the plan`, todo: 'go down to a phase first' }];
  }
  const next = current === undefined ? LADDER[0] : phaseAfter(current.name);
  if (next === undefined || next.name === target.stack) return [];
  return [
    {
      reason: `${target.stack} skips a phase: after ${livePercent} % comes ${next.name}`,
      todo: `pulumi up --stack ${next.name}`,
    },
  ];
}

/** One rollout is judged by the samples of one source: two would be two windows, and the baseline would be of neither. */
function sourceRefusals({ ledger }: Standing, { source }: UpEvidence): Refusal[] {
  const pinned = ledger.kind === 'ledger' ? ledger.ledger.source : undefined;
  if (pinned === undefined || source === undefined || pinned === source) return [];
  return [
    {
      reason: `this rollout is judged by the samples of ${pinned}, but the settings name ${source}`,
      todo: 'set canary:source and canary:prometheus as they were, on the machine of the samples where it is an endpoint; or end this rollout as docs/endpoint.md says, and begin again',
    },
  ];
}

function settingsRefusals({ settings }: UpEvidence): Refusal[] {
  return settings.kind === 'unreadable' ? [{ reason: settings.reason }] : [];
}

function evidenceRefusals({ target }: Standing, evidence: UpEvidence): Refusal[] {
  const found: Refusal[] = [];
  // With wrong settings nobody knows whether another system does.
  if (evidence.watching.kind === 'silent' && evidence.settings.kind === 'read') {
    found.push({
      reason: `nobody watches the rollback rules: ${evidence.watching.reason}`,
      todo: `start the watcher and leave it running: npm run watch -- --stack ${target.stack}`,
    });
  }
  for (const [source, apart] of evidence.clocks) {
    if (Math.abs(apart) <= CLOCK_TOLERANCE) continue;
    found.push({
      reason: `the clock of ${source} is ${Math.round(Math.abs(apart))} s ${apart > 0 ? 'ahead of' : 'behind'} this machine's`,
      todo: 'synchronise the clocks (NTP); at most 30 s are tolerated',
    });
  }
  if (!evidence.inHours) {
    found.push({
      reason: `outside the hours in which ${target.stack} may begin`,
      todo: 'canary-1 begins 06:00–12:00, Monday to Friday, in canary:timezone',
    });
  }
  const { decision } = evidence;
  if (decision !== undefined && decision.verdict !== 'PROMOTE' && decision.verdict !== 'COMPLETE') {
    const said = decision.findings.filter(({ verdict }) => verdict === decision.verdict);
    found.push(...said.map(({ sentence }) => ({ reason: sentence })));
  }
  found.push(...evidence.preflight.map((reason) => ({ reason })));
  return found;
}
