import type { KillReading } from '../../observe/killReading';
import { complaint } from '../../observe/kubectl';
import type { LastKnown } from '../../observe/lastKnown';
import type { PodAccess } from '../../observe/podAccess';
import type { ClusterSettings } from '../../phases/settings';
import { reasonOf, UserError } from '../../phases/userError';
import { isConflict } from '../conflict';
import type { Attempt } from './attempt';
import type { Lookout } from './lookout';
import { pause } from './pause';
import type { Readings } from './readings';

/** What every way to off works with. */
export interface WayContext extends Attempt {
  readonly cluster: ClusterSettings;
  readonly access: PodAccess;
  readonly redis: () => Promise<string>;
  readonly redisAssumed: boolean;
  readonly lastKnown: LastKnown | undefined;
  readonly readings: Readings;
  readonly lookout: Lookout;
  /** ms since the order. */
  readonly elapsed: () => number;
  /** Something happened: a line for people. */
  readonly say: (sentence: string) => void;
}

/** One way to off. @returns the sentence that says where it was seen; fails with the one that says why not */
export type WayToOff = (context: WayContext) => Promise<string>;

/** How long the API server may be down before a write is given up, ms after the order; and the pause between two tries. */
export const WRITE_MS = 60_000;
export const RETRY_MS = 700;

/** A reading that came about, however often it takes. @throws what no repetition changes, and anything after the write's deadline */
export async function readingNow(context: WayContext, reading: Promise<KillReading>): Promise<KillReading> {
  for (let tried = reading, tries = 1; ; tried = context.readings.fresh(), tries++) {
    try {
      return await tried;
    } catch (thrown) {
      if (isFinal(thrown) || context.signal.aborted || context.elapsed() > WRITE_MS) throw thrown;
      await tryAgain(context, reasonOf(thrown), tries);
    }
  }
}

/** Says once that something is tried again, and waits until it is time. */
export async function tryAgain({ say, stand, signal }: WayContext, why: string, tries: number): Promise<void> {
  stand(why);
  if (tries === 1) say(`${why}; trying again`);
  await pause(RETRY_MS, signal);
}

/** Another cluster, no such context, no kubectl: trying again changes nothing. */
const isFinal = (thrown: unknown): boolean =>
  thrown instanceof UserError &&
  (thrown.code === 'wrong-cluster' || /has no context|not found on PATH/.test(thrown.message));

/** What became of one write. `away`: it did not reach the API server, or that could not do it just now. */
export type WriteOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'conflict' | 'away' | 'refused'; readonly why: string };

const AWAY =
  /was refused|connection re(fused|set)|unable to connect|time(d )?-?out|TLS handshake|no such host|no route|unreachable|EOF|\((ServiceUnavailable|InternalError|TooManyRequests|ServerTimeout|Timeout)\)|etcd/i;

/** One write by kubectl; a command that hangs is one that did not arrive. */
export async function tryWrite({ kubectl, signal }: WayContext, args: readonly string[]): Promise<WriteOutcome> {
  try {
    const result = await kubectl(args);
    if (result.code === 0) return { kind: 'written' };
    const kind = isConflict(result) ? 'conflict' : AWAY.test(result.stderr) ? 'away' : 'refused';
    return { kind, why: complaint(result) };
  } catch (thrown) {
    if (signal.aborted || isFinal(thrown)) throw thrown;
    return { kind: 'away', why: reasonOf(thrown) };
  }
}
