import { randomBytes } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import * as pulumi from '@pulumi/pulumi';
import { beginMove } from './act/move';
import { BASE_STACK, gate } from './observe/gate';
import { kubectlFor } from './observe/kubectl';
import { parseClusterSettings, rawSettings } from './phases/settings';
import { UserError } from './phases/userError';
import { clusterProvider } from './resources/cluster';
import { Exposure } from './resources/exposure';
import { KillSwitchToken } from './resources/killSwitchToken';
import { Roles } from './resources/roles';
import { WorkerFloor } from './resources/workerFloor';
import { planOf } from './rollout/plan';

/** Stack `base`: what all phases share, as whole resources. */
function declareBase(): void {
  const cluster = parseClusterSettings(rawSettings(pulumi.runtime.allConfig()));
  const provider = clusterProvider(cluster);
  new KillSwitchToken('kill-switch', { provider });
  new Roles('roles', cluster, { provider });
}

/** A phase: refuses the update, or declares exposure and workers. A preview always declares them, so that it shows the diff. */
async function rollOut(stack: string): Promise<Record<string, unknown>> {
  const { cluster, judgement, text } = await gate(stack, pulumi.runtime.allConfig(), process.env);
  const plan = planOf(judgement.standing);
  const report = [text, ...plan.changes.map((change) => `  change: ${change}`)].join('\n');
  if (!judgement.permit.allowed && !pulumi.runtime.isDryRun()) throw refusal(report);
  await (judgement.permit.allowed ? pulumi.log.info(report) : pulumi.log.warn(report));

  const kubectl = kubectlFor(cluster, process.env);
  const author = {
    by: `${userInfo().username}@${hostname()}`,
    at: new Date(judgement.at * 1000).toISOString(),
    id: randomBytes(4).toString('hex'),
  };
  const warn = (sentence: string): void => void pulumi.log.warn(sentence);
  const move = pulumi.runtime.isDryRun()
    ? undefined
    : await beginMove({ kubectl, cluster, judgement, plan, author, warn });
  const provider = clusterProvider(cluster);
  const { workers: floor, pct, enabled, manner } = plan;
  const workers = floor && new WorkerFloor('workers', { ...floor, deployment: cluster.workers, manner }, { provider });
  if (move !== undefined) {
    if (workers !== undefined) await settled(workers.written);
    await move.checkClaim();
  }
  const dependsOn = workers === undefined ? [] : [workers];
  const exposure = new Exposure(
    'materializers',
    { deployment: cluster.deployment, pct, enabled, move: plan.move, manner },
    { provider, dependsOn },
  );
  if (move !== undefined) {
    await settled(exposure.written);
    await move.finish();
  }
  return { phase: stack, exposure: pct, enabled, move: plan.move };
}

/** Resolves once the engine has done the write behind an output; in an update alone. */
const settled = (output: pulumi.Output<unknown>): Promise<unknown> => new Promise((resolve) => output.apply(resolve));

/** An error that the engine prints bare. Without a stack: formatting one takes Node 20 many seconds here. */
function refusal(message: string): pulumi.RunError {
  const error = new pulumi.RunError(message);
  error.stack = '';
  return error;
}

export = async (): Promise<Record<string, unknown>> => {
  const stack = pulumi.getStack();
  try {
    if (stack !== BASE_STACK) return await rollOut(stack);
    declareBase();
    return {};
  } catch (thrown) {
    throw thrown instanceof UserError ? refusal(thrown.message) : thrown;
  }
};
