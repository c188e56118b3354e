import { homedir } from 'node:os';
import path from 'node:path';

/**
 * The folder of this machine's journals about one cluster.
 * @param set `canary:journal`, absolute or relative to the working folder
 */
export function journalFolder(clusterUid: string, set: string | undefined, env: NodeJS.ProcessEnv): string {
  if (set !== undefined) return path.resolve(set);
  const state = env['XDG_STATE_HOME'] || path.join(env['HOME'] || homedir(), '.local', 'state');
  return path.join(state, 'denis-canary', clusterUid.replace(/[^\w.-]/g, '_'));
}
