import type { AddressBlock } from './addressBlock';
import type { ProcessSpec } from './process';
import type { StateFolder } from './stateFolder';
import { listening } from './tcpReady';

export function etcd(folder: StateFolder, { ports }: AddressBlock): ProcessSpec {
  const client = `http://127.0.0.1:${ports.etcd}`;
  const peer = `http://127.0.0.1:${ports.etcdPeer}`;
  return {
    name: 'etcd',
    command: 'etcd',
    args: [
      '--name=sandbox',
      `--data-dir=${folder.etcd}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=sandbox=${peer}`,
      // The state lives as long as the sandbox; waiting for the disk buys nothing.
      '--unsafe-no-fsync',
      '--log-level=warn',
    ],
    ready: (signal) => listening(ports.etcd, `etcd on port ${ports.etcd}`, 10_000, signal),
    stopSignal: 'SIGKILL',
  };
}
