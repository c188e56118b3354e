import type { AddressBlock } from './addressBlock';
import type { ProcessSpec } from './process';
import type { StateFolder } from './stateFolder';
import { listening } from './tcpReady';

/** Keeps nothing on disk: after a stop and a start it is empty. */
export function redis(folder: StateFolder, { ports }: AddressBlock): ProcessSpec {
  return {
    name: 'redis-server',
    command: 'redis-server',
    args: [
      '--bind',
      '127.0.0.1',
      '--port',
      String(ports.redis),
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder.redis,
    ],
    ready: (signal) => listening(ports.redis, `redis-server on port ${ports.redis}`, 10_000, signal),
    stopSignal: 'SIGTERM',
  };
}
