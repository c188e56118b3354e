import { unixSeconds } from '../../phases/units';
import { unreadable } from '../../rollout/cluster';
import type { WatchView } from '../../rollout/page/view';
import { assessment } from './assessments';
import { denisState, podState } from './clusterState';
import { NOON } from './healthyPhase';
import { AMBIGUOUS } from './series';
import { viewOf } from './watchViews';

/** What breaks out of markup, attributes, comments, styles and lines, if it can. */
export const HOSTILE = `"><img src=x onerror="globalThis.pwned=1"><script>globalThis.pwned=1</script></style>' onload='globalThis.pwned=1 --><!--\u202etxt.exe\u0000\u001b[2J`;
const LONG = 'x'.repeat(5_000);

/** A page of which everything that comes from outside is hostile. */
export function hostileView(own: Partial<WatchView> = {}): WatchView {
  const pods = [
    podState(HOSTILE, { serves: { pct: undefined, enabled: undefined } }),
    podState(LONG, { ready: false }),
  ];
  const latch = JSON.stringify({ by: HOSTILE, at: HOSTILE, reason: `${HOSTILE}${LONG}` });
  const denis = denisState(10, {
    pods,
    latch,
    newestReplicaSet: { uid: 'rs-new', createdAt: unixSeconds(NOON - 40 * 3600) },
  });
  const asked = assessment('canary-50', {
    live: 10,
    denis,
    cluster: { context: HOSTILE, unread: [`pods: ${HOSTILE}`] },
    readings: { queue_depth: { ...AMBIGUOUS, detail: HOSTILE } as typeof AMBIGUOUS },
    raw: { metrics: { graph_write_latency_p99: { off: HOSTILE } } },
  });
  const switches = { flag: unreadable(HOSTILE), killed: new Map([[HOSTILE, unreadable(HOSTILE)]]) };
  return viewOf(
    { ...asked, switches, sourceWarnings: [HOSTILE, LONG] },
    {
      leads: false,
      heartbeat: { holder: HOSTILE, renewedAt: NOON },
      status: {
        blindSince: NOON - 600,
        incident: {
          id: HOSTILE,
          verdict: 'ROLLBACK',
          phase: 'canary-10',
          rule: HOSTILE,
          sentence: HOSTILE,
          since: HOSTILE,
        },
        witness: {
          probes: [{ at: NOON, result: 'down', why: HOSTILE }],
          ooms: [{ pod: HOSTILE, container: LONG, at: NOON }],
        },
      },
      recent: [{ at: NOON, severity: 'page', text: HOSTILE }],
      ...own,
    },
  );
}
