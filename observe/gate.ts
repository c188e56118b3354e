import { hostname } from 'node:os';
import path from 'node:path';
import { LADDER, phaseNamed } from '../phases/ladder';
import { BASE_STACK } from '../phases/names';
import type { Phase } from '../phases/phase';
import {
  type ClusterSettings,
  parseClusterSettings,
  parseSettings,
  type RawSettings,
  rawSettings,
} from '../phases/settings';
import { unixSeconds } from '../phases/units';
import { UserError } from '../phases/userError';
import { type Assessment, type Judgement, judge } from '../rollout/assessment';
import { targetOf } from '../rollout/move';
import { type Plan, planOf } from '../rollout/plan';
import { table } from '../rollout/table';
import type { OomKill } from '../rollout/witness';
import { type AssessOptions, assess, readSettings } from './assess';
import { runningBuild } from './build';
import { journalFolder } from './journalFolder';
import { rememberPods } from './lastKnown';
import { settingsHash } from './settingsHash';

export interface Gate {
  readonly cluster: ClusterSettings;
  readonly assessment: Assessment;
  readonly judgement: Judgement;
  /** What the worker pods say of themselves: for the watcher, who keeps it. */
  readonly oomKills: readonly OomKill[];
  readonly plan: Plan;
  /** The judgement as people see it. */
  readonly text: string;
  /** The same, and what the move would change, a line each. */
  readonly report: string;
  readonly settingsHash: string;
  /** Folder of this machine's journals. */
  readonly journal: string;
  /** Folder of the code that judged. */
  readonly checkout: string;
}

/** @throws UserError `stack` when the stack is none of the ladder */
export function phaseOf(stack: string): Phase {
  const phase = phaseNamed(stack);
  if (phase !== undefined) return phase;
  const names = [...LADDER.map(({ name }) => name), BASE_STACK].join(', ');
  throw new UserError('stack', `stack ${stack} is no phase of the plan; the stacks are ${names}`);
}

/**
 * The one gate, for program and policy pack alike: reads the world and judges the move of a stack.
 * @param config the stack's whole configuration, keys with their namespace
 * @throws UserError when the stack is none of the ladder, the cluster settings are wrong, or the cluster cannot be read
 */
export const gate = (stack: string, config: Readonly<Record<string, unknown>>, env: NodeJS.ProcessEnv): Promise<Gate> =>
  judgeStack(stack, rawSettings(config), env);

/**
 * The same for whoever has the stack's settings without the engine.
 * @param options `always` reads the metrics of the live phase whatever the move would be
 */
export async function judgeStack(
  stack: string,
  raw: RawSettings,
  env: NodeJS.ProcessEnv,
  options: Pick<AssessOptions, 'always' | 'information' | 'signal'> = {},
): Promise<Gate> {
  const phase = phaseOf(stack);
  const cluster = parseClusterSettings(raw);
  const checkout = path.resolve(__dirname, '..', '..');
  const build = runningBuild(checkout);
  const settings = build.kind === 'read' ? readSettings(() => parseSettings(raw)) : build;
  const clock = () => unixSeconds(Date.now() / 1000);
  let oomKills: readonly OomKill[] = [];
  const assessment = await assess(targetOf(phase, cluster.enabled), cluster, settings, {
    ...options,
    clock,
    env,
    machine: hostname(),
    whenRead: (reading, at) => {
      oomKills = reading.oomKills;
      rememberPods(cluster, env, { at, pods: reading.state.denis?.pods ?? [], token: reading.token });
    },
  });
  const judgement = judge(assessment);
  const [text, plan] = [table(judgement), planOf(judgement.standing)];
  return {
    cluster,
    assessment,
    judgement,
    oomKills,
    plan,
    text,
    report: [text, ...plan.changes.map((change) => `  change: ${change}`)].join('\n'),
    settingsHash: settingsHash(raw),
    journal: journalFolder(cluster, env),
    checkout,
  };
}
