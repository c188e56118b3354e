import * as pulumi from '@pulumi/pulumi';
import { authorAt } from './act/author';
import { recordEvidence } from './act/evidence';
import { beginMove } from './act/move';
import { BASE_STACK, type Gate, gate } from './observe/gate';
import { kubectlFor } from './observe/kubectl';
import { parseClusterSettings, rawSettings } from './phases/settings';
import { UserError } from './phases/userError';
import { Base } from './resources/base';
import { clusterProvider } from './resources/cluster';
import { refusal, settled } from './resources/engine';
import { Exposure } from './resources/exposure';
import { WorkerFloor } from './resources/workerFloor';

/** A phase: refuses the update, or declares workers and exposure. A preview always declares them, so that it shows the diff. */
async function rollOut(stack: string, config: Record<string, string>): Promise<Record<string, unknown>> {
  const preview = pulumi.runtime.isDryRun();
  // A preview starts the provider while the gate reads; an update declares nothing before it is allowed.
  const early = preview ? clusterProvider(parseClusterSettings(rawSettings(config))) : undefined;
  const asked = await gate(stack, config, process.env);
  const evidence = recordEvidence(asked, { by: 'program', mode: preview ? 'preview' : 'update' }, process.env);
  const { report } = asked;
  const { allowed } = asked.judgement.permit;
  if (!allowed && !preview) throw refusal([report, ...(await evidence)].join('\n'));
  try {
    await (allowed ? pulumi.log.info(report) : pulumi.log.warn(report));
    return await carryOut(asked, early);
  } finally {
    await Promise.all((await evidence).map((sentence) => pulumi.log.warn(sentence)));
  }
}

/** Workers first, then the exposure; around the writes of an update what a move needs, claim and confirmation. */
async function carryOut({ cluster, judgement, plan }: Gate, previewed?: ReturnType<typeof clusterProvider>) {
  const kubectl = kubectlFor(cluster, process.env);
  const warn = (sentence: string): void => void pulumi.log.warn(sentence);
  const context = { kubectl, cluster, judgement, plan, author: authorAt(judgement.at), warn };
  const move = previewed === undefined ? await beginMove(context) : undefined;

  const provider = previewed ?? clusterProvider(cluster);
  const floor = plan.workers && { ...plan.workers, deployment: cluster.workers, manner: plan.manner };
  const workers = floor && new WorkerFloor('workers', floor, { provider });
  if (move !== undefined) {
    if (workers !== undefined) await settled(workers.written);
    await move.checkClaim();
  }
  const served = { ...plan, deployment: cluster.deployment };
  const exposure = new Exposure('materializers', served, { provider, dependsOn: workers ?? [] });
  if (move !== undefined) {
    await settled(exposure.written);
    await move.finish();
  }
  return { phase: judgement.standing.target.stack, exposure: plan.pct, enabled: plan.enabled, move: plan.move };
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
