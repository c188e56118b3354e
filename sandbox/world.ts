import type { AddressBlock } from './addressBlock';
import { apiServerUrl } from './apiServer';
import { applyManifests, markCluster, podsReady } from './cluster';
import { runCommand } from './command';
import { startControlPlane } from './controlPlane';
import { DENIS_PROGRAM, denisProcess, denisUrl } from './denisProcess';
import type { SandboxOptions } from './options';
import type { ManagedProcess, ProcessSpec } from './process';
import { prometheus, prometheusUrl } from './prometheus';
import { makeStacks, pulumiEnvironment } from './pulumiStacks';
import { redis } from './redis';
import type { SandboxInfo } from './sandbox';
import { redisUrl, stackSettings, writeSettingsFile } from './settingsFile';
import type { StateFolder } from './stateFolder';
import { together } from './together';
import { chatAnswers, everyPodScraped } from './traffic';
import { CONTEXT, makeTokens } from './users';

export interface WorldContext {
  env: NodeJS.ProcessEnv;
  folder: StateFolder;
  block: AddressBlock;
  passphrase: string;
  start: (spec: ProcessSpec) => Promise<ManagedProcess>;
  signal: AbortSignal;
  /** Aborted when one part fails, so that the parts beside it end. */
  failure: AbortController;
}

export interface World {
  info: Omit<SandboxInfo, 'pids'>;
  denis: ManagedProcess;
  prometheus: ManagedProcess;
  redis: ManagedProcess;
  apiServer: ManagedProcess;
  apiServerUrl: string;
}

/** Starts every part in the order of what needs what, the independent ones side by side. */
export async function startWorld(options: SandboxOptions, context: WorldContext): Promise<World> {
  const { folder, block, start, signal, failure } = context;
  const { timeScale = 3600, chatsPerSecond = 100, seed = 1, denisProgram = DENIS_PROGRAM } = options;
  const { watcher = 'external: nobody in this sandbox' } = options;
  const env = { ...sandboxEnvironment(context), PATH: context.env['PATH'] ?? '' };
  const childEnv = { ...context.env, ...env };
  const tokens = makeTokens();
  const kubectl = (args: readonly string[]) =>
    runCommand('kubectl', args, { cwd: folder.root, env: childEnv, timeoutMs: 30_000, signal });

  const stacks = makeStacks(folder, childEnv, signal);
  const redisServer = start(redis(folder, block));
  const cluster = startControlPlane(context, tokens).then(async (plane) => {
    const { client, certificateAuthorityFile: authority } = plane;
    const load = { chatsPerSecond, seed };
    const observers = applyManifests(kubectl, ['cluster', 'denis', 'denis-workers']).then(() =>
      together(failure, [
        start(prometheus(folder, block, authority, tokens)),
        redisServer.then(() => start(denisProcess(folder, block, authority, tokens, load, denisProgram))),
        podsReady(client, folder.logs, signal),
      ]),
    );
    const [uid, [prometheusServer, denis]] = await together(failure, [
      markCluster(client, signal),
      observers,
      plane.startMachinery(),
    ]);
    await together(failure, [
      everyPodScraped(prometheusUrl(block), prometheusServer.logFile, signal),
      chatAnswers(denisUrl(block), denis.logFile, signal),
    ]);
    return { uid, apiServer: plane.apiServer, prometheus: prometheusServer, denis };
  });
  const [{ uid, ...servers }, redisProcess] = await together(failure, [cluster, redisServer, stacks]);
  writeSettingsFile(folder.settings, stackSettings(block, uid, timeScale, folder.journal, watcher));
  const info = {
    kubeconfig: folder.kubeconfig('admin'),
    context: CONTEXT,
    denis: denisUrl(block),
    prometheus: prometheusUrl(block),
    redis: redisUrl(block),
    env,
    folder: folder.root,
    settings: folder.settings,
  };
  return { ...servers, info, redis: redisProcess, apiServerUrl: apiServerUrl(block) };
}

function sandboxEnvironment({ folder, passphrase, env }: WorldContext): Record<string, string> {
  return {
    KUBECONFIG: folder.kubeconfig('admin'),
    // Otherwise kubectl keeps what it discovered under the address, which a later sandbox may have.
    KUBECACHEDIR: folder.kubeCache,
    ...pulumiEnvironment(folder, passphrase, env),
  };
}
