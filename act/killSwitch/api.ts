import { httpRequest } from '../../observe/http';
import type { KillReading } from '../../observe/killReading';
import { authorization, KILL_PATH, killStateIn } from '../../observe/killState';
import type { LastKnown } from '../../observe/lastKnown';
import type { PodAddress } from '../../observe/podAccess';
import { reasonOf, UserError } from '../../phases/userError';
import { type PodState, type Reading, unreadable } from '../../rollout/cluster';
import { podCount, podsUntold } from '../../rollout/killConfirm';
import { pause } from './pause';
import { readingNow, type WayContext } from './way';

const TIMEOUT_MS = 3_000;
const PAUSE_MS = 200;

type Told = Map<string, Reading<boolean>>;

/**
 * The kill switch in the memory of each pod: nothing restarts. Every Ready pod is told and asked back, newcomers too, until a
 * list that began after the last one was told holds nobody else. While the API server is down the pods that were last known are
 * told; that alone confirms nothing.
 */
export async function tellPods(context: WayContext): Promise<string> {
  const told: Told = new Map();
  const { lastKnown, readings, signal } = context;
  if (lastKnown !== undefined) void tellKnown(context, lastKnown, told);
  for (let list = readings.first, relisted = false; ; list = readings.fresh(), relisted = true) {
    const reading = await readingNow(context, list).catch((thrown: unknown) => {
      throw new UserError('api', withoutList(lastKnown, told, reasonOf(thrown)));
    });
    const pods = readyPods(reading);
    const untold = podsUntold(pods, told).map(({ pod }) => pod);
    if (untold.length === 0 && relisted && reading.unlisted === undefined) {
      if (pods.length === 0) throw new UserError('api', 'no pod is Ready: there is nobody to tell');
      return `all ${podCount(pods.length)} told, and each says so`;
    }
    await tell(context, untold, reading.token, told);
    const [left] = podsUntold(pods, told);
    const open = reading.unlisted ?? (left && `pod ${left.pod.name}: ${left.reason}`);
    if (open !== undefined) {
      context.stand(open);
      await pause(PAUSE_MS, signal);
    }
    if (signal.aborted) throw new UserError('api', open ?? 'interrupted');
  }
}

const readyPods = ({ denis }: KillReading): readonly PodState[] =>
  (denis?.denis.pods ?? []).filter(({ ready }) => ready);

async function tellKnown(context: WayContext, { at, pods, token }: LastKnown, told: Told): Promise<void> {
  await tell(context, pods, token, told);
  if (context.readings.latest !== undefined) return;
  const age = Math.max(0, Math.round(Date.now() / 1000 - at));
  context.say(`${toldOf(pods, told)} of ${podCount(pods.length)} known from ${age} s ago told`);
}

const toldOf = (pods: readonly PodAddress[], told: Told): number =>
  pods.filter(({ name }) => told.get(name)?.kind === 'read').length;

function withoutList(lastKnown: LastKnown | undefined, told: Told, why: string): string {
  if (lastKnown === undefined) return why;
  const { pods } = lastKnown;
  return `${toldOf(pods, told)} of ${podCount(pods.length)} known from before told, but which pods there are now is not known: ${why}`;
}

/** Told once is told for the life of the pod: a later failure to ask it changes nothing. */
async function tell(
  context: WayContext,
  pods: readonly PodAddress[],
  token: string | undefined,
  told: Told,
): Promise<void> {
  await Promise.all(
    pods.map(async (pod) => {
      const answer = await tellPod(context, pod, token);
      if (answer.kind === 'read' || told.get(pod.name)?.kind !== 'read') told.set(pod.name, answer);
    }),
  );
}

/** Tells one pod, and asks it back on the same way. */
async function tellPod(
  { access, signal }: WayContext,
  pod: PodAddress,
  token: string | undefined,
): Promise<Reading<boolean>> {
  const request = { headers: authorization(token), timeoutMs: TIMEOUT_MS, signal };
  try {
    return await access(pod, async (origin) => {
      const answer = killStateIn(await httpRequest(`${origin}${KILL_PATH}`, { ...request, method: 'POST' }));
      if (answer.kind === 'unreadable') return answer;
      return killStateIn(await httpRequest(`${origin}${KILL_PATH}`, request));
    });
  } catch (thrown) {
    return unreadable(reasonOf(thrown));
  }
}
