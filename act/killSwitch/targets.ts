import { kubectlFor } from '../../observe/kubectl';
import { readLastKnown, rememberPods } from '../../observe/lastKnown';
import { podAccessFor } from '../../observe/podAccess';
import { unixSeconds } from '../../phases/units';
import type { KillTargets } from './index';

/** What a kill reaches with these settings; every reading of it is remembered on this machine. */
export function killTargets(
  settings: Pick<KillTargets, 'cluster' | 'redis' | 'redisAssumed'>,
  env: NodeJS.ProcessEnv,
): KillTargets {
  const { cluster } = settings;
  return {
    ...settings,
    kubectl: kubectlFor(cluster, env),
    access: podAccessFor(cluster, env),
    lastKnown: readLastKnown(cluster, env),
    remember: ({ denis, token }) =>
      rememberPods(cluster, env, { at: unixSeconds(Date.now() / 1000), pods: denis?.denis.pods ?? [], token }),
  };
}
