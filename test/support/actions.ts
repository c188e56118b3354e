import type { Action } from '../../rollout/action';
import { type DrillRun, drillOutcome } from '../../rollout/drill';
import type { AfterKill, KillOutcome } from '../../rollout/kill';

const DONE = { at: '2026-11-25T12:00:00.000Z', by: 'ana@laptop', stack: 'canary-10' };

export const KILLED: KillOutcome = {
  ways: [
    { way: 'flag', state: 'confirmed', afterMs: 410, sentence: 'the flag is 0' },
    { way: 'api', state: 'failed', afterMs: 5_000, sentence: 'pod denis-a does not answer' },
    { way: 'environment', state: 'confirmed', afterMs: 4_300, sentence: '3 of 3 pods run it' },
  ],
  latched: true,
  copied: true,
};

const LOOK: readonly AfterKill[] = [
  { what: 'new jobs', state: 'good', afterMs: 3_500, sentence: 'none since 0.4 s after the order' },
];

export function drillRun(own: Partial<DrillRun> = {}): DrillRun {
  return { method: 'flag', at: DONE.at, lastJobMs: 700, endedMs: 900, exitCode: 0, jobsPerSecond: 100, ...own };
}

/** One action of each kind. */
export function allActions(): Action[] {
  const killed = { ...DONE, outcome: KILLED, look: LOOK };
  return [
    { kind: 'kill', ...killed, reason: 'chats hang' },
    { kind: 'rollback', ...killed, reason: 'success rate is 91 %', verdict: 'ROLLBACK', rule: 'success-below' },
    {
      kind: 'resume',
      ...DONE,
      reason: 'mended',
      outcome: { cleared: ['the Redis flag is deleted', 'the ledger begins anew'] },
    },
    { kind: 'drill', ...DONE, reason: 'drill', outcome: drillOutcome([drillRun()]) },
    { kind: 'baseline', ...DONE, reason: 'lost', outcome: { chatP99: 0.41, samples: 5_760 } },
    {
      kind: 'complete',
      ...DONE,
      reason: 'npm run validate',
      outcome: {
        lines: [
          { id: 'verdict', title: 'verdict', result: 'pass', sentence: 'COMPLETE' },
          { id: 'graph', title: 'graph integrity', result: 'not configured', sentence: 'canary:graph is off' },
        ],
      },
    },
  ];
}
