import { createServer, type Server } from 'node:net';
import { SandboxError } from './sandboxError';

/** One loopback /24 for the pods of one sandbox, and the ports of its servers on 127.0.0.1. */
export interface AddressBlock {
  index: number;
  /** The first three numbers, such as `127.64.1`. */
  prefix: string;
  ports: { etcd: number; etcdPeer: number; apiServer: number; redis: number; prometheus: number; front: number };
}

/** 750 blocks of 16 ports end below 32768, where Linux begins to hand out ports to outgoing connections: a port stays
 * ours while its server is stopped for a moment. */
const BLOCKS = 750;
const FIRST_PORT = 20_000;
const PORTS_PER_BLOCK = 16;
/** The port held on the block's last address as long as the block is claimed; pods use 8084. */
const GUARD_PORT = 8083;

export function addressBlock(index: number): AddressBlock {
  const port = FIRST_PORT + index * PORTS_PER_BLOCK;
  return {
    index,
    prefix: `127.${64 + Math.floor(index / 254)}.${1 + (index % 254)}`,
    ports: {
      etcd: port,
      etcdPeer: port + 1,
      apiServer: port + 2,
      redis: port + 3,
      prometheus: port + 4,
      front: port + 5,
    },
  };
}

/**
 * Claims the first free block. The claim is a listening socket: exclusive between all users of the machine, and freed
 * by the kernel with the process that holds it, however that ends; a lock file would outlive a killed owner.
 */
export async function claimAddressBlock(): Promise<{ block: AddressBlock; release: () => Promise<void> }> {
  for (let index = 0; index < BLOCKS; index++) {
    const block = addressBlock(index);
    const guard = await listen(`${block.prefix}.254`, GUARD_PORT);
    if (guard === undefined) continue;
    if (await allFree(Object.values(block.ports))) return { block, release: () => close(guard) };
    await close(guard);
  }
  throw new SandboxError(
    'SANDBOX_NO_ADDRESSES',
    `expected a free block among 127.64.1.0/24 … 127.66.242.0/24 with ports from ${FIRST_PORT} on, found none of ${BLOCKS}; stop a sandbox`,
  );
}

async function allFree(ports: number[]): Promise<boolean> {
  for (const port of ports) {
    const server = await listen('127.0.0.1', port);
    if (server === undefined) return false;
    await close(server);
  }
  return true;
}

/** @returns undefined when the address is taken. */
function listen(host: string, port: number): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') return resolve(undefined);
      if (error.code !== 'EADDRNOTAVAIL') return reject(error);
      reject(
        new SandboxError(
          'SANDBOX_NO_ADDRESSES',
          `expected that servers can listen on all of 127.0.0.0/8, found that ${host} is not available; the sandbox needs Linux`,
        ),
      );
    });
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
