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
  if (!judgement.permit.allowed && !pulumi.runtime.isDryRun()) throw new pulumi.RunError(report);
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
  const workers =
    plan.workers &&
    new WorkerFloor('workers', { ...plan.workers, deployment: cluster.workers, manner: plan.manner }, { provider });
  const exposure = new Exposure(
    'materializers',
    {
      deployment: cluster.deployment,
      pct: plan.pct,
      enabled: plan.enabled,
      move: plan.move,
      manner: plan.manner,
      beforeWrite: new pulumi.ResourceHook('claim', async () => move?.checkClaim()),
    },
    { provider, dependsOn: workers === undefined ? [] : [workers] },
  );
  if (move !== undefined) {
    await new Promise((resolve) => exposure.written.apply(resolve));
    await move.finish();
  }
  return { phase: stack, exposure: plan.pct, enabled: plan.enabled, move: plan.move };
}

export = async (): Promise<Record<string, unknown>> => {
  const stack = pulumi.getStack();
  try {
    if (stack !== BASE_STACK) return await rollOut(stack);
    declareBase();
    return {};
  } catch (thrown) {
    throw thrown instanceof UserError ? new pulumi.RunError(thrown.message) : thrown;
  }
};
