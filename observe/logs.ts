import type { ClusterSettings } from '../phases/settings';
import type { UnixSeconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import type { PodState } from '../rollout/cluster';
import type { PodLog } from '../rollout/errorLines';
import { complaint, type Kubectl } from './kubectl';

/** Per pod. The newest lines are asked for; of those the beginning, should they be longer than this. */
const MOST_BYTES = 4 * 1024 * 1024;
/** Commands at once: each costs a tenth of a second of a processor. */
const AT_ONCE = 4;

export interface LogsInput {
  readonly kubectl: Kubectl;
  readonly cluster: Pick<ClusterSettings, 'container'>;
  readonly pods: readonly Pick<PodState, 'name'>[];
  readonly since: UnixSeconds;
  /** Newest lines of each pod. */
  readonly lines: number;
  readonly signal?: AbortSignal;
}

/**
 * Reads the newest log lines of every pod by `kubectl logs`, a few pods at once, each within kubectl's own deadline. Never throws:
 * a pod of which the log cannot be read says why. Who asks needs the right to `get` `pods/log`.
 */
export async function readLogs({ kubectl, cluster, pods, since, lines, signal }: LogsInput): Promise<PodLog[]> {
  const left = [...pods];
  const found: PodLog[] = [];
  const readOne = async ({ name }: Pick<PodState, 'name'>): Promise<PodLog> => {
    const args = [
      ...['logs', `pod/${name}`, `--container=${cluster.container}`],
      `--since-time=${new Date(Math.floor(since) * 1000).toISOString().replace('.000', '')}`,
      ...[`--tail=${lines}`, `--limit-bytes=${MOST_BYTES}`],
    ];
    try {
      const result = await kubectl(args, signal === undefined ? {} : { signal });
      if (result.code !== 0) return { pod: name, lines: [], cut: false, unread: complaint(result) };
      const all = result.stdout.split('\n').filter((line) => line !== '');
      const cut = all.length >= lines || Buffer.byteLength(result.stdout) >= MOST_BYTES;
      return { pod: name, lines: all, cut };
    } catch (thrown) {
      return { pod: name, lines: [], cut: false, unread: reasonOf(thrown) };
    }
  };
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) found.push(await readOne(next));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found.sort((a, b) => (a.pod < b.pod ? -1 : 1));
}
