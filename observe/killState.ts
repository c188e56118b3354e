import { z } from 'zod';
import { reasonOf } from '../phases/userError';
import { type PodState, type Reading, read, unreadable } from '../rollout/cluster';
import { type HttpAnswer, httpRequest } from './http';
import type { PodAccess } from './podAccess';

export const KILL_PATH = '/internal/kill-switch/materializers';

const TIMEOUT_MS = 3_000;
const answerSchema = z.object({ killed: z.boolean() });

/** Asks every Ready pod whether it was told to stop; what one pod does not say is that pod's own reading. */
export async function readKillStates(
  pods: readonly PodState[],
  access: PodAccess,
  token: string | undefined,
): Promise<Map<string, Reading<boolean>>> {
  const headers = authorization(token);
  const ask = async (pod: PodState): Promise<[string, Reading<boolean>]> => {
    try {
      const answer = await access(pod, (origin) =>
        httpRequest(`${origin}${KILL_PATH}`, { headers, timeoutMs: TIMEOUT_MS }),
      );
      return [pod.name, killStateIn(answer)];
    } catch (thrown) {
      return [pod.name, unreadable(reasonOf(thrown))];
    }
  };
  return new Map(await Promise.all(pods.filter(({ ready }) => ready).map(ask)));
}

export const authorization = (token: string | undefined): Readonly<Record<string, string>> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` };

/** What a pod's answer says of whether it was told to stop. */
export function killStateIn({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): Reading<boolean> {
  if (status === 401 || status === 403)
    return unreadable(`it answers ${status}: the token of Secret denis-kill-switch is not its own`);
  if (status !== 200) return unreadable(`it answers ${status}`);
  try {
    return read(answerSchema.parse(JSON.parse(body)).killed);
  } catch {
    return unreadable('its answer is not {"killed": true|false}');
  }
}
