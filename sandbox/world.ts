import type { AddressBlock } from './addressBlock';
import { apiServer, apiServerUrl, readCertificateAuthority } from './apiServer';
import { applyManifests, markCluster, podsReady } from './cluster';
import { runCommand } from './command';
import { controllerManager, scheduler } from './controllers';
import { DENIS_PROGRAM, denisProcess, denisUrl } from './denisProcess';
import { etcd } from './etcd';
import { KubeClient } from './kubeClient';
import { kwok } from './kwok';
import type { SandboxOptions } from './options';
import type { ManagedProcess, ProcessSpec } from './process';
import { prometheus, prometheusUrl } from './prometheus';
import { makeStacks, pulumiEnvironment } from './pulumiStacks';
import { redis } from './redis';
import type { SandboxInfo } from './sandbox';
import { redisUrl, stackSettings, writeSettingsFile } from './settingsFile';
import { type StateFolder, writePrivate } from './stateFolder';
import { chatAnswers, everyPodScraped } from './traffic';
import { CONTEXT, kubeconfig, MACHINERY, makeTokens, PEOPLE } from './users';

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
  const { folder, block, start, signal } = context;
  const { timeScale = 3600, chatsPerSecond = 100, seed = 1, denisProgram = DENIS_PROGRAM } = options;
  const env = { ...sandboxEnvironment(context), PATH: context.env['PATH'] ?? '' };
  const childEnv = { ...context.env, ...env };
  const kubectl = (args: readonly string[]) =>
    runCommand('kubectl', args, { cwd: folder.root, env: childEnv, timeoutMs: 30_000, signal });
  const tokens = makeTokens();
  const log = (name: string): string => `${folder.logs}/${name}.log`;

  const stacks = makeStacks(folder, childEnv, signal);
  const redisServer = start(redis(folder, block));
  const controlPlane = async () => {
    await start(etcd(folder, block));
    const server = await start(apiServer(folder, block, tokens));
    const authority = readCertificateAuthority(folder) ?? '';
    writePrivate(folder.file('ca.crt'), authority);
    for (const user of [...PEOPLE, ...MACHINERY]) {
      writePrivate(folder.kubeconfig(user), kubeconfig(apiServerUrl(block), authority, user, tokens[user]));
    }
    return { server, client: new KubeClient(apiServerUrl(block), authority, tokens['sandbox-setup']) };
  };
  const rest = controlPlane().then(async ({ server, client }) => {
    const clusterUid = markCluster(client, signal);
    const machinery = together(context, [
      start(controllerManager(folder)),
      start(scheduler(folder)),
      start(kwok(folder, block)),
    ]);
    const observers = applyManifests(kubectl, ['cluster', 'denis', 'denis-workers']).then(() =>
      together(context, [
        start(prometheus(folder, block, folder.file('ca.crt'), tokens)),
        redisServer.then(() =>
          start(denisProcess(folder, block, folder.file('ca.crt'), tokens, { chatsPerSecond, seed }, denisProgram)),
        ),
        podsReady(client, folder.logs, signal),
      ] as const),
    );
    const [uid, , [prometheusServer, denis]] = await together(context, [clusterUid, machinery, observers] as const);
    await together(context, [
      everyPodScraped(prometheusUrl(block), log('prometheus'), signal),
      chatAnswers(denisUrl(block), log('denis'), signal),
    ]);
    return { server, uid, prometheusServer, denis };
  });
  const [, redisProcess, { server, uid, prometheusServer, denis }] = await together(context, [
    stacks,
    redisServer,
    rest,
  ] as const);

  const settings = stackSettings(block, uid, timeScale);
  writeSettingsFile(folder.settings, settings);
  return {
    info: {
      kubeconfig: folder.kubeconfig('admin'),
      context: CONTEXT,
      denis: denisUrl(block),
      prometheus: prometheusUrl(block),
      redis: redisUrl(block),
      env,
      folder: folder.root,
      settings: folder.settings,
    },
    denis,
    prometheus: prometheusServer,
    redis: redisProcess,
    apiServer: server,
    apiServerUrl: apiServerUrl(block),
  };
}

function sandboxEnvironment({ folder, passphrase, env }: WorldContext): Record<string, string> {
  return {
    KUBECONFIG: folder.kubeconfig('admin'),
    // Otherwise kubectl keeps what it discovered under the address, which a later sandbox may have.
    KUBECACHEDIR: folder.kubeCache,
    ...pulumiEnvironment(folder, passphrase, env),
  };
}

/** Like Promise.all, but returns only when all have ended: a failed start must not start anything after its clean-up. */
async function together<T extends readonly unknown[]>(
  context: WorldContext,
  parts: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  const stopOthers = (error: unknown): never => {
    context.failure.abort(error);
    throw error;
  };
  const watched = parts.map((part) => Promise.resolve(part).catch(stopOthers));
  await Promise.allSettled(watched);
  return (await Promise.all(watched)) as { -readonly [K in keyof T]: Awaited<T[K]> };
}
