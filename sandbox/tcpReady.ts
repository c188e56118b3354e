import { connect } from 'node:net';
import { waitFor } from './waitFor';

/** Resolves when something accepts connections there. */
export async function listening(port: number, what: string, deadlineMs: number, signal: AbortSignal): Promise<void> {
  await waitFor(
    () =>
      new Promise<true>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, timeout: 1_000 });
        socket.once('connect', () => resolve(true));
        socket.once('timeout', () => reject(new Error('no answer')));
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('closed')));
        socket.once('connect', () => socket.destroy());
      }),
    { what, deadlineMs, intervalMs: 50, signal },
  );
}
