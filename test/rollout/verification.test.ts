import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PhaseName } from '../../phases/phase';
import { type Assessment, judge } from '../../rollout/assessment';
import { read, unreadable } from '../../rollout/cluster';
import { exposureLines, type Verification, verificationOf } from '../../rollout/verification';
import { assessment, type Given } from '../support/assessments';
import { denisState, podState } from '../support/clusterState';
import { NOON } from '../support/healthyPhase';
import { judgements } from '../support/judgements';
import { UNREACHABLE } from '../support/series';

type Change = (asked: Assessment) => Assessment;
const same: Change = (asked) => asked;
const verified = (stack: PhaseName, given: Given, change = same): Verification =>
  verificationOf(judge(change(assessment(stack, given))));

const flag =
  (reading: Assessment['switches']['flag']): Change =>
  (asked) => ({ ...asked, switches: { ...asked.switches, flag: reading } });
const unanswered: Change = (asked) => ({
  ...asked,
  switches: { ...asked.switches, killed: new Map([['denis-a', unreadable('it does not answer')]]) },
});
const oneAt = (pct: number | undefined, enabled: boolean | undefined = true): Given => {
  const asked = assessment('canary-10', { live: 10 });
  const [first, ...others] = asked.cluster.denis!.pods;
  const denis = { ...asked.cluster.denis!, pods: [{ ...first!, serves: { pct, enabled } }, ...others] };
  return { live: 10, denis };
};
const rolling = (): Given => {
  const [old, young] = [podState('denis-a', { replicaSet: 'rs-old' }), podState('denis-b')];
  const newestReplicaSet = { uid: 'rs-new', createdAt: NOON };
  return { live: 10, denis: denisState(10, { pods: [old, young], newestReplicaSet }) };
};

describe('rollout/verification', () => {
  const rows: readonly [what: string, code: number, stack: PhaseName, given: Given, change?: Change][] = [
    ['0 on PROMOTE', 0, 'canary-10', { live: 10 }],
    ['0 on COMPLETE', 0, 'canary-100', { live: 100 }],
    ['10 on HOLD', 10, 'canary-10', { live: 10, readings: { materializer_success_rate: 0.96 } }],
    ['10 on MONITOR', 10, 'canary-100', { live: 100, activatedAt: NOON - 3600 }],
    ['10 while another phase is live', 10, 'canary-50', { live: 10 }],
    ['10 while a higher phase is live', 10, 'canary-10', { live: 50 }],
    ['10 when a pod serves another percentage', 10, 'canary-10', oneAt(1)],
    ['10 when a pod is off', 10, 'canary-10', oneAt(10, false)],
    ['10 while the exposure still rolls out', 10, 'canary-10', rolling()],
    ['10 when the flag kills it', 10, 'canary-10', { live: 10 }, flag(read(false))],
    ['10 with wrong settings', 10, 'canary-10', { live: 10, settings: unreadable('canary:redis: …') }],
    ['20 on ROLLBACK', 20, 'canary-10', { live: 10, readings: { error_rate: 0.02 } }],
    ['20 on ROLLBACK of the phase that is live instead', 20, 'canary-50', { live: 10, readings: { error_rate: 0.02 } }],
    ['21 on EMERGENCY', 21, 'canary-100', { live: 100, readings: { error_rate: 0.06 } }],
    ['3 when a series is unreachable', 3, 'canary-10', { live: 10, readings: { worker_seen: UNREACHABLE } }],
    ['3 when the flag cannot be read', 3, 'canary-10', { live: 10 }, flag(unreadable('Redis: refused'))],
    ['3 when a pod does not answer', 3, 'canary-10', { live: 10 }, unanswered],
    ['3 when the cluster is read in part', 3, 'canary-10', { live: 10, cluster: { unread: ['pods are forbidden'] } }],
    [
      '20 though a source is silent: a violation that is known is worse',
      20,
      'canary-10',
      { live: 10, readings: { error_rate: 0.02, queue_depth: UNREACHABLE } },
    ],
    [
      '21 though a source is silent',
      21,
      'canary-100',
      { live: 100, readings: { error_rate: 0.06, queue_depth: UNREACHABLE } },
    ],
    [
      '3 though the window holds it too: it may be silent for long',
      3,
      'canary-10',
      { live: 10, readings: { materializer_success_rate: 0.96, queue_depth: UNREACHABLE } },
    ],
  ];
  for (const [what, code, stack, given, change] of rows) {
    it(`ends with ${what}`, () => assert.equal(verified(stack, given, change).exitCode, code));
  }

  const lines: readonly [what: string, stack: PhaseName, given: Given, expected: string[], change?: Change][] = [
    ['each pod', 'canary-10', { live: 10 }, ['exposure: 10 % on each of 3 Ready pods, as canary-10 is']],
    ['the pod that differs', 'canary-10', oneAt(1), ['exposure: pod denis-a serves 1 %, canary-10 is 10 %']],
    ['a pod that is off', 'canary-10', oneAt(10, false), ['exposure: pod denis-a serves 0 %, canary-10 is 10 %']],
    ['a kill', 'canary-10', { live: 10 }, ['exposure: the Redis flag is 0'], flag(read(false))],
    [
      'a rollout',
      'canary-10',
      rolling(),
      ['exposure: the present exposure is still rolling out: some Ready pods run an older one'],
    ],
    [
      'no pod at all',
      'canary-10',
      { live: 10, denis: denisState(10, { pods: [] }) },
      ['exposure: no pod of Denis is Ready', 'exposure: the live exposure is unknown: no pod of Denis is Ready'],
    ],
  ];
  for (const [what, stack, given, expected, change] of lines) {
    it(`names ${what}`, () => assert.deepEqual(exposureLines(verified(stack, given, change)), expected));
  }

  it('is 0 only when every Ready pod serves the phase and the verdict is good', () => {
    fc.assert(
      fc.property(judgements, (judgement) => {
        const { exitCode, verdict, problems, pods } = verificationOf(judgement);
        assert.ok([0, 3, 10, 20, 21].includes(exitCode));
        if (exitCode !== 0) return;
        assert.ok(verdict === 'PROMOTE' || verdict === 'COMPLETE');
        assert.deepEqual(problems, []);
        assert.ok(pods.length > 0 && pods.every(({ ok }) => ok));
      }),
      { numRuns: 200 },
    );
  });
});
