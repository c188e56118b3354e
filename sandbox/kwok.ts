import type { AddressBlock } from './addressBlock';
import { sandboxFile } from './checkout';
import type { ProcessSpec } from './process';
import type { StateFolder } from './stateFolder';

const STAGES = ['node-initialize', 'node-heartbeat', 'pod-ready', 'pod-delete'];

/** Plays the kubelets: nodes turn Ready, pods run without containers, each on a loopback address of its own. */
export function kwok(folder: StateFolder, block: AddressBlock): ProcessSpec {
  return {
    name: 'kwok',
    command: 'kwok',
    args: [
      `--kubeconfig=${folder.kubeconfig('sandbox-kwok')}`,
      '--manage-all-nodes',
      `--cidr=${block.prefix}.1/24`,
      '--node-ip=127.0.0.1',
      // Without a Lease the node is NotReady after 40 s, and every wait for a Deployment takes ten minutes.
      '--node-lease-duration-seconds=40',
      ...STAGES.map((stage) => `--config=${sandboxFile('stages', `${stage}.yaml`)}`),
    ],
    ready: async () => {},
    stopSignal: 'SIGKILL',
  };
}
