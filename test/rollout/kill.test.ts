import assert from 'node:assert/strict';
import { type AfterKill, confirmedAfter, type KillOutcome, killExitCode } from '../../rollout/kill';

const outcome = (afterMs: number | undefined, latched: true | string = true): KillOutcome => ({
  ways: [
    { way: 'flag', state: 'failed', afterMs: 100, sentence: 'Redis: connection refused' },
    ...(afterMs === undefined ? [] : [{ way: 'api', state: 'confirmed', afterMs, sentence: 'told' } as const]),
    { way: 'environment', state: 'confirmed', afterMs: 60_000, sentence: 'off' } as const,
  ].filter(({ state }) => afterMs !== undefined || state === 'failed') as KillOutcome['ways'],
  latched,
  copied: true,
});
const finding = (what: AfterKill['what'], state: AfterKill['state']): AfterKill => ({
  ...{ what, state, afterMs: 5000, sentence: '' },
});

describe('rollout/kill', () => {
  it('was confirmed when its first way was', () => {
    assert.equal(confirmedAfter(outcome(600)), 600);
    assert.equal(confirmedAfter(outcome(undefined)), undefined);
  });

  const rows: readonly [string, KillOutcome, readonly AfterKill[], 0 | 1 | 4][] = [
    ['confirmed in its budget and latched', outcome(600), [finding('queue', 'good')], 0],
    ['not confirmed', outcome(undefined), [], 1],
    ['not latched', outcome(600, 'forbidden'), [], 1],
    ['not latched, and over its budget', outcome(20_000, 'forbidden'), [], 1],
    ['confirmed over its budget', outcome(10_001), [], 4],
    ['a queue that does not drain', outcome(600), [finding('queue', 'late')], 4],
    ['a chat that does not answer', outcome(600), [finding('chat', 'failed')], 4],
    ['new jobs that came too late', outcome(600), [finding('new jobs', 'late')], 4],
    ['new jobs that still come', outcome(600), [finding('new jobs', 'failed')], 1],
    ['what could not be looked at', outcome(600), [finding('running jobs', 'unseen')], 0],
  ];
  for (const [what, ended, found, code] of rows) {
    it(`ends with ${code}: ${what}`, () => assert.equal(killExitCode(ended, found), code));
  }
});
