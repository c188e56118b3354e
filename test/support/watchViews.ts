import type { PhaseName } from '../../phases/phase';
import { unixSeconds } from '../../phases/units';
import { type Assessment, judge } from '../../rollout/assessment';
import { read } from '../../rollout/cluster';
import { latchText } from '../../rollout/latch';
import type { WatchView } from '../../rollout/page/view';
import type { Probe, Witness } from '../../rollout/witness';
import { assessment, type Given } from './assessments';
import { denisState, podState } from './clusterState';
import { NOON } from './healthyPhase';

const probeAt = (ago: number, own: Partial<Probe> = {}): Probe => ({
  at: unixSeconds(NOON - ago),
  result: 'good',
  ...own,
});

/** Ten good probes, the newest four seconds old. */
export const WELL_WITNESSED: Witness = {
  probes: Array.from({ length: 10 }, (_, index) => probeAt(94 - 10 * index)),
  ooms: [],
};

/** What a watcher shows four seconds after it judged, unless said otherwise: all is well. */
export function watchView(stack: PhaseName, given: Given = {}, own: Partial<WatchView> = {}): WatchView {
  return viewOf(assessment(stack, given), own);
}

export function viewOf(asked: Assessment, own: Partial<WatchView> = {}): WatchView {
  const status = own.status ?? { witness: WELL_WITNESSED };
  const judgement = judge(asked, { witness: status.witness });
  return {
    now: unixSeconds(asked.at + 4),
    started: unixSeconds(asked.at - 3 * 3600),
    tickedAt: unixSeconds(asked.at),
    leads: true,
    heartbeat: { holder: 'watcher-1', renewedAt: unixSeconds(asked.at) },
    judgement: read(judgement),
    assessment: asked,
    status,
    recent: [],
    ...own,
  };
}

/** A day on which much happens: some checks warn, a rule holds, a probe failed. */
export function busyView(own: Partial<WatchView> = {}): WatchView {
  const wave = (mean: number, swing: number, length: number) => (time: number) =>
    mean + swing * (Math.sin(time / length) + 0.4 * Math.sin(time / (length / 3.7)));
  const asked = assessment('canary-50', {
    live: 50,
    activatedAt: NOON - 31 * 3600,
    readings: {
      materializer_success_rate: wave(0.9876, 0.003, 400),
      materializer_latency_p99: wave(3.1, 0.6, 700),
      error_rate: (time) => 0.0009 + 0.0006 * Math.sin(time / 500),
      chat_latency_p99: wave(0.42, 0.02, 300),
      queue_depth: (time) => (time > NOON - 200 ? 620 : 40 + 25 * Math.sin(time / 200)),
      graph_write_latency_p99: wave(0.31, 0.05, 600),
      api: wave(0.61, 0.04, 900),
      workers: (time) => (time > NOON - 2400 && time < NOON - 1500 ? Number.NaN : 0.66 + 0.08 * Math.sin(time / 800)),
    },
  });
  const at = (ago: number) => unixSeconds(NOON - ago);
  return viewOf(asked, {
    status: {
      witness: {
        probes: [
          probeAt(44),
          probeAt(34),
          probeAt(24, { result: 'refused', why: 'HTTP 429' }),
          probeAt(14),
          probeAt(4, { result: 'down', why: 'no answer within 5 s' }),
        ],
        ooms: [],
      },
    },
    recent: [
      { at: at(190), severity: 'warning', text: 'queue depth > 500 is violated; it fires after 10m00s' },
      { at: at(4), severity: 'warning', text: '/chat is down: no answer within 5 s' },
      { at: at(31 * 3600), severity: 'info', text: 'promoted: canary-10 → canary-50 by ana' },
    ],
    ...own,
  });
}

/** After a rollback: off and latched, the incident confirmed and recovered. */
export function rolledBackView(own: Partial<WatchView> = {}): WatchView {
  const latch = { by: 'watcher-1', at: '2026-11-25T11:48:12.000Z', reason: 'error rate > 3 % for 1m00s' };
  const denis = denisState(50, {
    latch: latchText(latch),
    effective: { pct: 50, enabled: false },
    pods: ['denis-a', 'denis-b'].map((name) => podState(name, { serves: { pct: 50, enabled: false }, move: 4 })),
  });
  const asked = assessment('canary-1', { live: 0, denis, ledger: { permitted: 0, latch } });
  return viewOf(asked, {
    status: {
      incident: {
        id: 'i-1',
        verdict: 'ROLLBACK',
        phase: 'canary-50',
        rule: 'error-above',
        sentence: 'error rate > 3 % for 1m00s, now 4.12 %',
        since: '2026-11-25T11:48:10.000Z',
        killedAt: '2026-11-25T11:48:14.000Z',
        recoveredAt: '2026-11-25T11:51:02.000Z',
      },
      witness: WELL_WITNESSED,
    },
    recent: [
      {
        at: unixSeconds(NOON - 538),
        severity: 'info',
        text: 'recovered: exposure 0, metrics back inside their limits',
      },
      { at: unixSeconds(NOON - 706), severity: 'page', text: 'off, confirmed at every Ready pod after 3.8 s' },
      { at: unixSeconds(NOON - 710), severity: 'page', text: 'ROLLBACK: error rate > 3 % for 1m00s, now 4.12 %' },
    ],
    ...own,
  });
}
