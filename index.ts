import * as pulumi from '@pulumi/pulumi';
import { authorAt } from './act/author';
import { recordEvidence } from './act/evidence';
import { beginMove } from './act/move';
import { gate } from './observe/gate';
import { kubectlFor } from './observe/kubectl';
import { BASE_STACK } from './phases/names';
import { parseBaseSettings, parseClusterSettings, rawSettings } from './phases/settings';
import { UserError } from './phases/userError';
import { clusterProvider } from './resources/cluster';
import { refusal, settled } from './resources/engine';
import { Exposure } from './resources/exposure';
import { WorkerFloor } from './resources/workerFloor';

/** A phase: refuses the update, or declares workers and exposure. A preview always declares them, so that it shows the diff. */
async function rollOut(stack: string, config: Record<string, string>): Promise<Record<string, unknown>> {
  const preview = pulumi.runtime.isDryRun();
  const warn = (sentence: string): void => void pulumi.log.warn(sentence);
  // A preview starts the provider while the gate reads; an update declares nothing before it is allowed.
  const early = preview ? clusterProvider(parseClusterSettings(rawSettings(config))) : undefined;
  const asked = await gate(stack, config, process.env);
  const { cluster, judgement, plan, report } = asked;
  const evidence = recordEvidence(asked, { by: 'program', mode: preview ? 'preview' : 'update' }, process.env);
  const { allowed } = judgement.permit;
  if (!allowed && !preview) throw refusal([report, ...(await evidence)].join('\n'));
  await (allowed ? pulumi.log.info(report) : pulumi.log.warn(report));

  const kubectl = kubectlFor(cluster, process.env);
  const context = { kubectl, cluster, judgement, plan, author: authorAt(judgement.at), warn };
  const move = preview ? undefined : await beginMove(context);

  const options = { provider: early ?? clusterProvider(cluster) };
  const floor = plan.workers && { ...plan.workers, deployment: cluster.workers, manner: plan.manner };
  const workers = floor && new WorkerFloor('workers', floor, options);
  if (move !== undefined) {
    if (workers !== undefined) await settled(workers.written);
    await move.checkClaim();
  }
  const served = { ...plan, deployment: cluster.deployment };
  const exposure = new Exposure('materializers', served, { ...options, dependsOn: workers ?? [] });
  if (move !== undefined) {
    await settled(exposure.written);
    await move.finish();
  }
  (await evidence).forEach(warn);
  return { phase: stack, exposure: plan.pct, enabled: plan.enabled, move: plan.move };
}

export = async (): Promise<Record<string, unknown>> => {
  const [stack, config] = [pulumi.getStack(), pulumi.runtime.allConfig()];
  try {
    if (stack !== BASE_STACK) return await rollOut(stack, config);
    const { Base } = await import('./resources/base');
    new Base('base', parseBaseSettings(rawSettings(config)));
    return {};
  } catch (thrown) {
    throw thrown instanceof UserError ? refusal(thrown.message) : thrown;
  }
};
