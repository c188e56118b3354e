import { withRedis } from '../../observe/redisClient';
import { FLAG_KEY } from '../../observe/redisFlag';
import { reasonOf, UserError } from '../../phases/userError';
import { podCount, QUIET_MS, quietSince } from '../../rollout/killConfirm';
import { pause } from './pause';
import { RETRY_MS, tryAgain, type WayContext } from './way';

/** How long Redis may fail before the flag is given up; one try; how long the look may take; how long Denis caches the flag. ms */
const SET_MS = 10_000;
const TRY_MS = 2_000;
const LOOK_MS = 12_000;
const CACHE_MS = 1_000;
const POLL_MS = 50;

/**
 * The flag in Redis: nothing restarts. Confirmed once the server acknowledged it, the pods' caches are over, and no pod
 * counted a new job since. Needs neither the API server nor Prometheus.
 */
export async function turnFlagOff(context: WayContext): Promise<string> {
  await setFlag(context, await context.redis());
  const since = context.elapsed() + CACHE_MS;
  if (context.redisAssumed) throw new UserError('flag', '0 in Redis, but nobody said that Denis reads this one');
  context.say("0 in Redis; waiting for the pods' caches");
  await pause(CACHE_MS + QUIET_MS, context.signal);
  for (;;) {
    const found = findings(context, since);
    if (found.kind === 'quiet') return found.sentence;
    context.stand(`written, ${found.sentence}`);
    if (context.signal.aborted || context.elapsed() > since + LOOK_MS) {
      throw new UserError('flag', `written, ${found.sentence}`);
    }
    await pause(POLL_MS, context.signal);
  }
}

async function setFlag(context: WayContext, url: string): Promise<void> {
  const until = context.elapsed() + SET_MS;
  for (let tries = 1; ; tries++) {
    try {
      await withRedis(url, TRY_MS, (client) => client.set(FLAG_KEY, '0'));
      return;
    } catch (thrown) {
      const why = reasonOf(thrown);
      if (context.elapsed() + RETRY_MS > until || context.signal.aborted) throw new UserError('flag', why);
      await tryAgain(context, why, tries);
    }
  }
}

type Findings = { readonly kind: 'quiet' | 'open'; readonly sentence: string };

/** The list of pods may be the last known one while the API server is down: the flag itself needs no list. */
function findings({ lookout, readings, lastKnown }: WayContext, since: number): Findings {
  const open = (sentence: string): Findings => ({ kind: 'open', sentence });
  const { latest } = readings;
  if (latest === undefined && lastKnown === undefined) return open('but no pod is known whose jobs could be counted');
  if (latest?.unlisted !== undefined) return open(`but ${latest.unlisted}`);
  const seen = lookout.seen();
  const unread = seen.filter((pod) => pod.unread !== undefined);
  if (unread.length > 0) {
    return open(`but the new jobs of pod ${unread[0]!.pod} cannot be counted (${unread[0]!.unread})`);
  }
  const busy = seen.filter(({ counts }) => !quietSince(counts, since));
  if (busy.length > 0) return open(`but pod ${busy[0]!.pod} still counted new jobs`);
  if (seen.length === 0) return { kind: 'quiet', sentence: '0 in Redis; no pod is Ready' };
  const which = latest === undefined ? `${podCount(seen.length)} known from before` : `all ${podCount(seen.length)}`;
  return { kind: 'quiet', sentence: `0 in Redis, and ${which} counted no new job since` };
}
