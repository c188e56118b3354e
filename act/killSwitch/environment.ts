import { UserError } from '../../phases/userError';
import { podCount, podsOn } from '../../rollout/killConfirm';
import type { Latched } from './latch';
import { pause } from './pause';
import { readingNow, type WayContext } from './way';

const POLL_MS = 250;

/**
 * The environment, declared on the Deployment: the pods restart without the feature, and what starts later starts without it.
 * Confirmed once every Ready pod runs it.
 * @param write the patch; made again when somebody wrote over it
 */
export async function turnEnvironmentOff(context: WayContext, write: () => Promise<Latched>): Promise<string> {
  const { readings, signal, stand } = context;
  await write();
  for (;;) {
    const { denis: found, unlisted } = await readingNow(context, readings.fresh());
    if (found === undefined) throw new UserError('kill', 'the Deployment is gone');
    const { denis } = found;
    const on = podsOn(denis);
    const ready = denis.pods.filter((pod) => pod.ready);
    if (denis.effective.enabled === true) await write();
    else if (unlisted !== undefined) stand(`written, but ${unlisted}`);
    else if (on.length > 0) stand(`written, but ${on.length} of ${podCount(ready.length)} still run without it`);
    else if (ready.length === 0) return 'off on the Deployment; no pod is Ready';
    else return `all ${podCount(ready.length)} run with ENABLED=false`;
    if (signal.aborted) throw new UserError('kill', 'interrupted');
    await pause(POLL_MS, signal);
  }
}
