import * as pulumi from '@pulumi/pulumi';
import { authorAt } from './act/author';
import { beginMove } from './act/move';
import { gate } from './observe/gate';
import { kubectlFor } from './observe/kubectl';
import { BASE_STACK } from './phases/names';
import { parseClusterSettings, rawSettings } from './phases/settings';
import { UserError } from './phases/userError';
import { Base } from './resources/base';
import { clusterProvider } from './resources/cluster';
import { refusal, settled } from './resources/engine';
import { Exposure } from './resources/exposure';
import { WorkerFloor } from './resources/workerFloor';
import { planOf } from './rollout/plan';

/** A phase: refuses the update, or declares workers and exposure. A preview always declares them, so that it shows the diff. */
async function rollOut(stack: string, config: Record<string, string>): Promise<Record<string, unknown>> {
  // A preview starts the provider while the gate reads; an update declares nothing before it is allowed.
  const early = pulumi.runtime.isDryRun() ? clusterProvider(parseClusterSettings(rawSettings(config))) : undefined;
  const { cluster, judgement, text } = await gate(stack, config, process.env);
  const { allowed } = judgement.permit;
  const plan = planOf(judgement.standing);
  const report = [text, ...plan.changes.map((change) => `  change: ${change}`)].join('\n');
  if (!allowed && !pulumi.runtime.isDryRun()) throw refusal(report);
  await (allowed ? pulumi.log.info(report) : pulumi.log.warn(report));

  const kubectl = kubectlFor(cluster, process.env);
  const warn = (sentence: string): void => void pulumi.log.warn(sentence);
  const context = { kubectl, cluster, judgement, plan, author: authorAt(judgement.at), warn };
  const move = pulumi.runtime.isDryRun() ? undefined : await beginMove(context);

  const { pct, enabled, manner } = plan;
  const options = { provider: early ?? clusterProvider(cluster) };
  const workers =
    plan.workers && new WorkerFloor('workers', { ...plan.workers, deployment: cluster.workers, manner }, options);
  if (move !== undefined) {
    if (workers !== undefined) await settled(workers.written);
    await move.checkClaim();
  }
  const exposure = new Exposure(
    'materializers',
    { deployment: cluster.deployment, pct, enabled, move: plan.move, manner },
    { ...options, dependsOn: workers ?? [] },
  );
  if (move !== undefined) {
    await settled(exposure.written);
    await move.finish();
  }
  return { phase: stack, exposure: pct, enabled, move: plan.move };
}

export = async (): Promise<Record<string, unknown>> => {
  const [stack, config] = [pulumi.getStack(), pulumi.runtime.allConfig()];
  try {
    if (stack !== BASE_STACK) return await rollOut(stack, config);
    new Base('base', parseClusterSettings(rawSettings(config)));
    return {};
  } catch (thrown) {
    throw thrown instanceof UserError ? refusal(thrown.message) : thrown;
  }
};
