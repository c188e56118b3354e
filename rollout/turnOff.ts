import type { Standing } from './move';

/**
 * Why a move that does not go up writes `enabled: false`, although its stack asks for a percentage: it never turns the feature
 * on, and turns it off where a kill is met or an API kill cannot be excluded. Source: the plan, "Moves".
 * @returns undefined when the feature stays on
 */
export function turnsOff({ cluster, switches, kills }: Standing): string | undefined {
  const { denis } = cluster;
  if (denis === undefined) return 'the Deployment of Denis does not exist';
  if (kills.length > 0) return kills.join('; ');
  if (denis.effective.enabled === undefined) return 'it cannot be read whether it is on';
  if (!denis.effective.enabled) return 'it is off already';
  for (const pod of denis.pods.filter(({ ready }) => ready)) {
    const killed = switches.killed.get(pod.name);
    if (killed?.kind === 'read' && !killed.value) continue;
    const why = killed?.kind === 'unreadable' ? ` (${killed.reason})` : '';
    return `it cannot be excluded that pod ${pod.name} was told to stop through the API${why}`;
  }
  return undefined;
}
