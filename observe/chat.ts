import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';
import { httpRequest } from './http';

/** The plan's test message. */
export const TEST_MESSAGE = { message: 'test post kill', user_id: 'post-kill-test' } as const;

const TIMEOUT_MS = 5_000;

/**
 * Sends the plan's test message once.
 * @param user another one than the plan's, where many messages must not be one conversation
 * @returns the HTTP status, or why there was no answer
 */
export async function probeChat(
  url: string,
  signal?: AbortSignal,
  user: string = TEST_MESSAGE.user_id,
): Promise<Reading<number>> {
  try {
    const { status } = await httpRequest(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...TEST_MESSAGE, user_id: user }),
      timeoutMs: TIMEOUT_MS,
      ...(signal === undefined ? {} : { signal }),
    });
    return read(status);
  } catch (thrown) {
    return unreadable(reasonOf(thrown));
  }
}
