import path from 'node:path';
import type { AddressBlock } from './addressBlock';
import { apiServerUrl } from './apiServer';
import type { ProcessSpec } from './process';
import { type StateFolder, writePrivate } from './stateFolder';
import type { Tokens } from './users';
import { waitFor } from './waitFor';

export const DENIS_PROGRAM = path.join(__dirname, 'denis', 'main.js');

export function denisUrl({ ports }: AddressBlock): string {
  return `http://127.0.0.1:${ports.front}`;
}

export interface DenisLoad {
  chatsPerSecond: number;
  seed: number;
}

/** The service itself: one process that listens on the address of every pod and, as its front, on one port. */
export function denisProcess(
  folder: StateFolder,
  block: AddressBlock,
  certificateAuthorityFile: string,
  tokens: Tokens,
  load: DenisLoad,
  program: string,
): ProcessSpec {
  const configFile = folder.file('denis.json');
  const config = {
    apiServer: apiServerUrl(block),
    token: tokens['sandbox-denis'],
    caFile: certificateAuthorityFile,
    namespace: 'denis',
    redis: `redis://127.0.0.1:${block.ports.redis}`,
    frontPort: block.ports.front,
    chatsPerSecond: load.chatsPerSecond,
    seed: load.seed,
    logFile: path.join(folder.logs, 'denis-service.log'),
  };
  writePrivate(configFile, JSON.stringify(config, null, 2));
  return {
    name: 'denis',
    command: process.execPath,
    args: [program, configFile],
    ready: async (signal, log) => {
      const probe = async (): Promise<true | undefined> => (/^ready$/m.test(log()) ? true : undefined);
      await waitFor(probe, { what: 'denis to say that it serves every Ready pod', deadlineMs: 20_000, signal });
    },
    stopSignal: 'SIGTERM',
  };
}
