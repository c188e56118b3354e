import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
// The library's wire format alone: all of it takes longer to load than a kill has time to lose.
import { Decoder } from '@redis/client/dist/lib/RESP/decoder';
import encodeCommand from '@redis/client/dist/lib/RESP/encoder';
import type { RedisNode } from '../phases/redisUrl';

/** One connection to one server; it is never opened again. */
export interface RedisConnection {
  /** @throws Error in the server's words, or those of the network */
  sendCommand(words: readonly string[]): Promise<unknown>;
  destroy(): void;
}

interface Waiting {
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** Begins to connect; commands may be sent at once, and fail if no connection comes about. */
export function openRedis({ host, port }: RedisNode, tls: boolean): RedisConnection {
  const socket: Socket = tls ? connectTls({ host, port }) : connectTcp({ host, port });
  const waiting: Waiting[] = [];
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    socket.destroy();
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  const decoder = new Decoder({
    onReply: (reply: unknown) => waiting.shift()?.resolve(reply),
    onErrorReply: (error: Error) => waiting.shift()?.reject(error),
    onPush: () => {},
    getTypeMapping: () => ({}),
  });
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    try {
      decoder.write(chunk);
    } catch {
      fail(new Error('its answer is not that of a Redis'));
    }
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));
  return {
    sendCommand: (words) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        waiting.push({ resolve, reject });
        for (const part of encodeCommand(words)) socket.write(part);
      }),
    destroy: () => socket.destroy(),
  };
}
