import { apiServer, apiServerUrl, readCertificateAuthority } from './apiServer';
import { controllerManager, scheduler } from './controllers';
import { etcd } from './etcd';
import { KubeClient } from './kubeClient';
import { kwok } from './kwok';
import type { ManagedProcess } from './process';
import { writePrivate } from './stateFolder';
import { together } from './together';
import { kubeconfig, MACHINERY, PEOPLE, type Tokens } from './users';
import type { WorldContext } from './world';

export interface ControlPlane {
  apiServer: ManagedProcess;
  client: KubeClient;
  certificateAuthorityFile: string;
  /** Starts what makes pods of the objects; they work as soon as there is something to do. */
  startMachinery: () => Promise<unknown>;
}

/** Returns when the API server serves and everybody's kubeconfig is written. */
export async function startControlPlane(context: WorldContext, tokens: Tokens): Promise<ControlPlane> {
  const { folder, block, start } = context;
  await start(etcd(folder, block));
  const server = await start(apiServer(folder, block, tokens));
  const url = apiServerUrl(block);
  const authority = readCertificateAuthority(folder) ?? '';
  const certificateAuthorityFile = folder.file('ca.crt');
  writePrivate(certificateAuthorityFile, authority);
  for (const user of [...PEOPLE, ...MACHINERY]) {
    writePrivate(folder.kubeconfig(user), kubeconfig(url, authority, user, tokens[user]));
  }
  return {
    apiServer: server,
    client: new KubeClient(url, authority, tokens['sandbox-setup']),
    certificateAuthorityFile,
    startMachinery: () =>
      together(context.failure, [
        start(controllerManager(folder)),
        start(scheduler(folder)),
        start(kwok(folder, block)),
      ]),
  };
}
