import * as pulumi from '@pulumi/pulumi';
import { recordEvidence } from './act/evidence';
import { beginMove, contextOf } from './act/move';
import { type Gate, gate } from './observe/gate';
import { BASE_STACK } from './phases/names';
import { parseClusterSettings, rawSettings } from './phases/settings';
import { UserError } from './phases/userError';
import { clusterProvider } from './resources/cluster';
import { refusal, settled, warn } from './resources/engine';
import { Exposure } from './resources/exposure';
import { WorkerFloor } from './resources/workerFloor';

/** A phase: refuses the update, or declares workers and exposure. A preview always declares them, so that it shows the diff. */
async function rollOut(stack: string, config: Record<string, string>): Promise<Record<string, unknown>> {
  // A preview starts the provider while the gate reads; an update declares nothing before it is allowed.
  const early = pulumi.runtime.isDryRun() ? clusterProvider(parseClusterSettings(rawSettings(config))) : undefined;
  const asked = await gate(stack, config, process.env);
  const evidence = recordEvidence(asked, { by: 'program', mode: early ? 'preview' : 'update' }, process.env);
  const { allowed } = asked.judgement.permit;
  if (!allowed && early === undefined) throw refusal([asked.report, ...(await evidence)].join('\n'));
  try {
    await (allowed ? pulumi.log.info(asked.report) : pulumi.log.warn(asked.report));
    return await carryOut(asked, early);
  } finally {
    (await evidence).forEach(warn);
  }
}

/** Workers first, then the exposure; around the writes of an update what a move needs, claim and confirmation. */
async function carryOut(asked: Gate, previewed?: ReturnType<typeof clusterProvider>) {
  const move = previewed === undefined ? await beginMove(contextOf(asked, process.env, warn)) : undefined;
  const { cluster, judgement, plan } = asked;
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
    const { declareBase } = await import('./resources/base');
    declareBase(rawSettings(config));
    return {};
  } catch (thrown) {
    throw thrown instanceof UserError ? refusal(thrown.message) : thrown;
  }
};
