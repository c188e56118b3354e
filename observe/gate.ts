import path from 'node:path';
import { LADDER, phaseNamed } from '../phases/ladder';
import { BASE_STACK } from '../phases/names';
import { type ClusterSettings, parseClusterSettings, parseSettings, rawSettings } from '../phases/settings';
import { unixSeconds } from '../phases/units';
import { UserError } from '../phases/userError';
import { type Judgement, judge } from '../rollout/assessment';
import { targetOf } from '../rollout/move';
import { table } from '../rollout/table';
import { assess, readSettings } from './assess';
import { readBuild } from './build';

export interface Gate {
  readonly cluster: ClusterSettings;
  readonly judgement: Judgement;
  /** The judgement as people see it. */
  readonly text: string;
}

/**
 * The one gate, for program and policy pack alike: reads the world and judges the move of a stack.
 * @param config the stack's whole configuration, keys with their namespace
 * @throws UserError when the stack is none of the ladder, the cluster settings are wrong, or the cluster cannot be read
 */
export async function gate(
  stack: string,
  config: Readonly<Record<string, unknown>>,
  env: NodeJS.ProcessEnv,
): Promise<Gate> {
  const phase = phaseNamed(stack);
  if (phase === undefined) {
    const names = [...LADDER.map(({ name }) => name), BASE_STACK].join(', ');
    throw new UserError('stack', `stack ${stack} is no phase of the plan; the stacks are ${names}`);
  }
  const raw = rawSettings(config);
  const cluster = parseClusterSettings(raw);
  const build = readBuild(path.resolve(__dirname, '..', '..'));
  const settings = build.kind === 'read' ? readSettings(() => parseSettings(raw)) : build;
  const clock = () => unixSeconds(Date.now() / 1000);
  const judgement = judge(await assess(targetOf(phase, cluster.enabled), cluster, settings, { clock, env }));
  return { cluster, judgement, text: table(judgement) };
}
