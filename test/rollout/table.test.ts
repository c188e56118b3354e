import assert from 'node:assert/strict';
import { phaseNamed } from '../../phases/ladder';
import type { PhaseName } from '../../phases/phase';
import type { Judgement } from '../../rollout/assessment';
import { read } from '../../rollout/cluster';
import { decide } from '../../rollout/decide';
import type { Watching } from '../../rollout/heartbeat';
import { judgeMove, standingOf, targetOf } from '../../rollout/move';
import { table } from '../../rollout/table';
import { clusterState, denisState, ledgerAt, switchesOn } from '../support/clusterState';
import { type Healthy, healthy, NOON, withSeries } from '../support/healthyPhase';
import { AMBIGUOUS, UNREACHABLE } from '../support/series';

interface Given extends Healthy {
  readonly live?: PhaseName | 'off';
  readonly enabled?: boolean;
  readonly latch?: string;
  readonly unread?: readonly string[];
  readonly watching?: Watching;
  readonly change?: (input: ReturnType<typeof healthy>) => ReturnType<typeof healthy>;
}

function judgement(stack: PhaseName, given: Given = {}): Judgement {
  const live = given.live ?? 'canary-10';
  const percent = live === 'off' ? 0 : phaseNamed(live)!.exposure;
  const denis = denisState(percent, { latch: given.latch });
  const target = targetOf(phaseNamed(stack)!, given.enabled ?? true);
  const cluster = clusterState(denis, { unread: given.unread ?? [] });
  const standing = standingOf(target, cluster, switchesOn(denis), ledgerAt(percent));
  const change = given.change ?? ((input) => input);
  const decision = live === 'off' || given.unread !== undefined ? undefined : decide(change(healthy(live, given)));
  const watching = given.watching ?? { kind: 'alive', holder: 'watcher-1' };
  const beside = { preflight: [], settings: read(true as const), clocks: new Map(), inHours: true, watching };
  const permit = judgeMove(standing, { ...beside, decision });
  return {
    at: NOON,
    standing,
    decision,
    permit,
    beside,
    warnings: decision?.warnings ?? [],
    sides: [],
    baseline: undefined,
    grafana: 'https://grafana.test/d/1',
  };
}
const lines = (stack: PhaseName, given: Given = {}): string[] => table(judgement(stack, given)).split('\n');

describe('rollout/table', () => {
  it('shows move, verdict and window, every check, warnings and what to do', () => {
    const text = lines('canary-50', {
      activatedAt: NOON - 17 * 3600 - 12 * 60 - 180,
      readings: { queue_depth: 250, materializer_success_rate: 0.9861 },
    });
    assert.deepEqual(text, [
      'canary-10 → canary-50   HOLD   window 17h12m of 24h00m, complete 2026-11-25 18:48 UTC at the earliest',
      '  check                value    recent   limit     kind  n     age  result',
      '  success rate         98.61 %  98.61 %  > 97 %    hard  2064  30s  pass',
      '  materializer p99     1.20 s   1.20 s   < 8 s     soft  2064  30s  pass',
      '  error rate           0.02 %   0.02 %   < 1 %     hard  2064  30s  pass',
      '  chat p99             +0.0 %   +0.0 %   ≤ +5 %    soft  2064  30s  pass',
      '  queue depth          250.0    250.0    < 200     soft  2064  30s  warn',
      '  worker seen          35s      –        < 2m00s   hard  2064  30s  pass',
      '  decisiontrace drops  0.0/min  0.0/min  < 10/min  soft  2064  30s  pass',
      '  rollback rule        now      held  for     result',
      '  success rate < 93 %  98.61 %  0s    1m00s   quiet',
      '  error rate > 3 %     0.02 %   0s    1m00s   quiet',
      '  error rate > 5 %     0.02 %   0s    1m00s   quiet',
      '  /chat down           –        –     –       external (no watcher tells)',
      '  queue depth > 500    250.0    0s    10m00s  quiet',
      '  worker OOM-killed    –        –     –       external (no watcher tells)',
      '  warning: queue depth is 250.0 in the window, < 200 is needed',
      '  dashboard: https://grafana.test/d/1',
    ]);
  });

  it('shows a rule that is violated with the time it has held, and one that fired with its verdict', () => {
    const since = (seconds: number) => (time: number) => (time >= NOON - seconds ? 700 : 12);
    const [held, fired] = [120, 3600].map((seconds) =>
      lines('canary-50', { readings: { queue_depth: since(seconds) } }),
    );
    const rule = (text: readonly string[] = []) => text.find((line) => line.startsWith('  queue depth > 500'));
    assert.match(rule(held) ?? '', /^ {2}queue depth > 500 +700\.0 +1m45s +10m00s +violated$/);
    assert.ok(
      held?.some((line) => /warning: queue depth > 500 for 1m45s of 10m00s, now 700\.0: then ROLLBACK$/.test(line)),
    );
    assert.match(rule(fired) ?? '', /^ {2}queue depth > 500 +700\.0 +\S+ +10m00s +ROLLBACK$/);
    assert.match(fired?.[0] ?? '', /^canary-10 → canary-50 {3}ROLLBACK {3}queue depth > 500 for 10m00s at /);
  });

  it('names what is missing in its cell, never a number', () => {
    const text = lines('canary-50', {
      change: (input) => withSeries(input, { error_rate: UNREACHABLE, worker_seen: AMBIGUOUS }),
    });
    assert.match(text[0]!, /^canary-10 → canary-50 {3}HOLD {3}/);
    assert.match(
      text.find((line) => line.includes('error rate  '))!,
      /unreachable +unreachable +< 1 % +hard +– +– +unknown$/,
    );
    assert.match(text.find((line) => line.includes('worker seen  '))!, /ambiguous +– +< 2m00s +hard +– +– +unknown$/);
  });

  it('shows a check that is switched off as off, with its reason', () => {
    const text = lines('canary-50', {
      change: (input) => withSeries(input, { queue_depth: { kind: 'off', reason: 'no queue' } }),
    });
    assert.match(text.find((line) => line.includes('queue depth  '))!, /– +– +< 200 +soft +– +– +off \(.*no queue\)$/);
  });

  const headers: readonly [string, PhaseName, Given, string][] = [
    ['a permitted move up', 'canary-50', {}, 'canary-10 → canary-50   PROMOTE   every hard check held for 24h00m'],
    [
      'a skipped phase',
      'canary-100',
      {},
      'canary-10 → canary-100   REFUSED   canary-100 skips a phase: after 10 % comes canary-50',
    ],
    ['the live phase', 'canary-10', {}, 'canary-10   PROMOTE   every hard check held for 24h00m'],
    ['a move down', 'canary-1', {}, 'canary-10 → canary-1   PROMOTE   every hard check held for 24h00m'],
    ['off', 'canary-10', { enabled: false }, 'canary-10 → off   PROMOTE   every hard check held for 24h00m'],
    ['a start', 'canary-1', { live: 'off' }, '0 % → canary-1   ALLOWED   pre-flight is clean'],
    [
      'a finished rollout',
      'canary-100',
      { live: 'canary-100' },
      'canary-100   COMPLETE   every hard check held for 72h00m at 100 %',
    ],
    [
      'an unknown exposure',
      'canary-50',
      { unread: ['pods are forbidden'] },
      'unknown → canary-50   REFUSED   the live exposure is unknown: pods are forbidden',
    ],
    [
      'a move down from an unknown exposure',
      'canary-1',
      { unread: ['x'] },
      'unknown → canary-1   ALLOWED   down to 1 % is always allowed',
    ],
  ];
  for (const [what, stack, given, header] of headers) {
    it(`begins with the verdict on ${what}`, () => assert.equal(lines(stack, given)[0], header));
  }

  it('gives every reason of a refusal once, and what to do', () => {
    const text = lines('canary-100', { latch: 'eva' });
    assert.deepEqual(
      text.filter((line) => /^ {2}(refused|do|dashboard):/.test(line)),
      [
        '  refused: canary-100 skips a phase: after 10 % comes canary-50',
        '  do: find out why it was killed, then npm run resume ends this rollout; only canary-1 may follow',
        '  do: pulumi up --stack canary-50',
        '  dashboard: https://grafana.test/d/1',
      ],
    );
    assert.match(text[0]!, /the feature is off and stays off: the Deployment carries a latch \(eva\)$/);
  });

  it('notes a kill beside an allowed move, and shows no dashboard', () => {
    const text = lines('canary-1', { latch: 'eva' });
    assert.ok(text.includes('  note: the Deployment carries a latch (eva)'));
    assert.ok(!text.some((line) => line.includes('dashboard') || line.includes('refused')));
  });

  it('is plain text, without colours and without spaces at the end', () => {
    for (const line of [...lines('canary-50'), ...lines('canary-100')]) {
      assert.equal(line, line.trimEnd());
      assert.ok(!line.includes('\u001b'));
    }
  });

  describe('names who watches', () => {
    const external = { watching: { kind: 'external', name: 'the pager' } } as const;
    const silent = { watching: { kind: 'silent', reason: 'there is no heartbeat' } } as const;
    const note = (stack: PhaseName, given: Given): string[] =>
      lines(stack, given).filter((line) => line.includes('watches') || line.includes('watched'));

    it('everywhere, where it is another system', () => {
      for (const stack of ['canary-1', 'canary-10', 'canary-50', 'canary-100'] as const)
        assert.deepEqual(note(stack, external), [
          '  note: the rollback rules are watched by the pager (canary:watcher)',
        ]);
    });

    it('where nobody does: as a refusal up, else as a note while something is live', () => {
      assert.deepEqual(note('canary-50', silent), [
        'canary-10 → canary-50   REFUSED   nobody watches the rollback rules: there is no heartbeat',
      ]);
      assert.deepEqual(note('canary-10', silent), ['  note: nobody watches the rollback rules: there is no heartbeat']);
      assert.deepEqual(note('canary-10', { ...silent, live: 'off', enabled: false }), []);
      assert.deepEqual(note('canary-10', {}), []);
    });
  });
});
