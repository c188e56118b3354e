import { z } from 'zod';
import type { DecisionTraceSettings } from '../phases/decisionTraceSettings';
import { reasonOf } from '../phases/userError';
import { type PodState, type Reading, read, unreadable } from '../rollout/cluster';
import { httpRequest } from './http';
import type { PodAccess } from './podAccess';

const TIMEOUT_MS = 3_000;
const MOST_BYTES = 1024 * 1024;

const answerSchema = z.object({ write_success_rate: z.number() });

/** Asks every Ready pod for its `write_success_rate`, as a ratio. Never throws; what one pod does not say is its own reading. */
export async function readDecisionTrace(
  pods: readonly PodState[],
  access: PodAccess,
  { path, unit }: Pick<DecisionTraceSettings, 'path' | 'unit'>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, Reading<number>>> {
  const ask = async (pod: PodState): Promise<[string, Reading<number>]> => {
    try {
      const { status, body } = await access(pod, (origin) =>
        httpRequest(`${origin}${path}`, {
          timeoutMs: TIMEOUT_MS,
          mostBytes: MOST_BYTES,
          ...(signal === undefined ? {} : { signal }),
        }),
      );
      if (status !== 200) return [pod.name, unreadable(`${path} answers ${status}`)];
      return [pod.name, rateIn(body, path, unit)];
    } catch (thrown) {
      return [pod.name, unreadable(reasonOf(thrown))];
    }
  };
  return new Map(await Promise.all(pods.filter(({ ready }) => ready).map(ask)));
}

function rateIn(body: string, path: string, unit: DecisionTraceSettings['unit']): Reading<number> {
  const most = unit === 'percent' ? 100 : 1;
  let rate: number;
  try {
    rate = answerSchema.parse(JSON.parse(body)).write_success_rate;
  } catch {
    return unreadable(`the answer of ${path} is not {"write_success_rate": number}`);
  }
  if (rate >= 0 && rate <= most) return read(rate / most);
  return unreadable(
    `write_success_rate is ${rate}, expected 0–${most}; set canary:decisionTrace.unit to what Denis writes`,
  );
}
