import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judge } from '../../rollout/assessment';
import { conclude } from '../../rollout/decide';
import { type EvidenceRecord, evidenceOf, replay, summaryOf } from '../../rollout/evidence';
import type { PhaseFacts } from '../../rollout/facts';
import { markdown } from '../../rollout/markdown';
import { moveName, table } from '../../rollout/table';
import { assessment } from '../support/assessments';
import { NOON } from '../support/healthyPhase';
import { judgements, OCCASION } from '../support/judgements';

const recordOf = (...[stack, given]: Parameters<typeof assessment>): EvidenceRecord => {
  const judgement = judge(assessment(stack, given));
  return evidenceOf(judgement, OCCASION, moveName(judgement));
};
const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

/** Every place of a number in a value. */
function numbersIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value === 'number') return [at];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => numbersIn(one, [...at, key]));
}

function changed<T>(value: T, at: readonly string[], by: (found: number) => number): T {
  const copy = throughJson(value);
  const holder = at
    .slice(0, -1)
    .reduce<Record<string, unknown>>(
      (inside, key) => inside[key] as Record<string, unknown>,
      copy as Record<string, unknown>,
    );
  const last = at.at(-1)!;
  holder[last] = by(holder[last] as number);
  return copy;
}

describe('rollout/evidence', () => {
  it('replays every judgement to what it was, also through JSON', () => {
    const verdicts = new Set<string>();
    fc.assert(
      fc.property(judgements, (judgement) => {
        const record = evidenceOf(judgement, OCCASION, moveName(judgement));
        assert.deepEqual(replay(record), []);
        assert.deepEqual(replay(throughJson(record)), []);
        verdicts.add(judgement.decision?.verdict ?? `none, ${judgement.permit.direction}`);
      }),
      { numRuns: 400 },
    );
    for (const verdict of ['HOLD', 'ROLLBACK', 'PROMOTE', 'none, up', 'none, down']) {
      assert.ok(verdicts.has(verdict), `the property met ${[...verdicts].join(', ')}, not ${verdict}`);
    }
  });

  it('finds every changed number among the facts that changes what is decided', () => {
    let told = 0;
    const place = fc.nat();
    const by = fc.constantFrom<(found: number) => number>(
      (n) => n * 0.9,
      (n) => n * 1.1 + 1,
      (n) => n - 100,
      () => 0,
    );
    fc.assert(
      fc.property(judgements, place, by, (judgement, which, change) => {
        const record = evidenceOf(judgement, OCCASION, moveName(judgement));
        fc.pre(record.facts !== undefined);
        const places = numbersIn(record.facts);
        const facts: PhaseFacts = changed(record.facts, places[which % places.length]!, change);
        const { verdict, rule, sentence } = conclude(facts);
        const { outcome } = record;
        if (verdict === outcome.verdict && rule === outcome.rule && sentence === outcome.sentence) return;
        told++;
        assert.notDeepEqual(replay({ ...record, facts }), []);
      }),
      { numRuns: 400 },
    );
    assert.ok(told > 10, `${told} changes mattered`);
  });

  const tampered: readonly [what: string, change: (record: EvidenceRecord) => object, says: RegExp][] = [
    [
      'a verdict',
      ({ outcome }) => ({ outcome: { ...outcome, verdict: 'PROMOTE' } }),
      /^verdict: recorded "PROMOTE", now "HOLD"$/,
    ],
    [
      'a sentence',
      ({ outcome }) => ({ outcome: { ...outcome, sentence: 'all is well' } }),
      /^sentence: recorded "all is well", now "/,
    ],
    ['a refusal that became a permit', () => ({ kind: 'permit' }), /^kind: recorded "permit", now "refusal"$/],
    ['another stack', () => ({ stack: 'canary-100' }), /^stack: recorded "canary-100", now "canary-10"$/],
    [
      'a permit',
      ({ outcome }) => ({ outcome: { ...outcome, permit: { ...outcome.permit, allowed: true } } }),
      /^permit: recorded \{"allowed":true,/,
    ],
    [
      'a finding left out',
      ({ outcome }) => ({ outcome: { ...outcome, findings: [] } }),
      /^findings: recorded \[\], now \[\{/,
    ],
    [
      'a limit',
      ({ outcome }) => ({ outcome: { ...outcome, checks: outcome.checks?.map((one) => ({ ...one, limit: 0.1 })) } }),
      /^checks: recorded /,
    ],
    [
      'a kill that was taken out',
      ({ cluster }) => ({ cluster: { ...cluster, denis: { ...cluster.denis, latch: undefined } } }),
      /^permit: recorded /,
    ],
    ['facts that were taken out', () => ({ facts: undefined }), /^verdict: recorded "HOLD", now nothing$/],
  ];
  for (const [what, change, says] of tampered) {
    it(`finds ${what}`, () => {
      const record = recordOf('canary-10', { readings: { materializer_success_rate: 0.97 } });
      const latched = { ...record, ...evidenceWithLatch() };
      const base = what.startsWith('a kill') ? latched : record;
      assert.match(replay({ ...base, ...change(base) } as EvidenceRecord).join('\n'), new RegExp(says.source, 'm'));
    });
  }
  const evidenceWithLatch = (): EvidenceRecord => {
    const asked = assessment('canary-10', {});
    const denis = { ...asked.cluster.denis!, latch: 'ana, 10:00' };
    const judgement = judge({ ...asked, cluster: { ...asked.cluster, denis } });
    return evidenceOf(judgement, OCCASION, moveName(judgement));
  };

  it('holds what the plan asks for', () => {
    const record = recordOf('canary-50', { live: 10 });
    const { version, at, kind, by, mode, stack, move, liveMove, image, revision, settingsHash } = record;
    assert.deepEqual(
      { version, at, kind, by, mode, stack, move, liveMove, image, revision, settingsHash },
      {
        version: 1,
        at: '2026-11-25T12:00:00.000Z',
        kind: 'permit',
        by: 'program',
        mode: 'update',
        stack: 'canary-50',
        move: 'canary-10 → canary-50',
        liveMove: '3',
        image: 'denis:1',
        revision: { commit: 'a'.repeat(40), changed: false },
        settingsHash: 'b'.repeat(64),
      },
    );
    assert.equal(record.facts?.window.complete, true);
    const [success] = record.facts?.checks ?? [];
    assert.ok(success !== undefined && 'window' in success && success.window.kind === 'value');
    const { query, value, samples, age } = success.window;
    assert.deepEqual(
      [typeof query, typeof value, typeof samples, typeof age],
      ['string', 'number', 'number', 'number'],
    );
    assert.equal(record.outcome.checks?.[0]?.limit, 0.97);
    assert.deepEqual([record.outcome.verdict, record.outcome.rule], ['PROMOTE', 'promote']);
  });

  it('calls a report a decision, whatever the permit is', () => {
    const judgement = judge(assessment('canary-100', { live: 1 }));
    assert.equal(evidenceOf(judgement, OCCASION, '').kind, 'refusal');
    assert.equal(evidenceOf(judgement, { ...OCCASION, mode: 'report' }, '').kind, 'decision');
  });

  it('sums up in one line of at most a kilobyte', () => {
    assert.equal(
      summaryOf(recordOf('canary-50', { live: 10 })),
      'permit · canary-50 · canary-10 → canary-50 · PROMOTE: every hard check held for 24h00m',
    );
    assert.match(
      summaryOf(recordOf('canary-100', { live: 1 })),
      /^refusal · .* · canary-100 skips a phase: after 1 % comes/,
    );
    fc.assert(
      fc.property(judgements, fc.string({ maxLength: 2_000, unit: 'binary' }), (judgement, sentence) => {
        const record = evidenceOf(judgement, OCCASION, moveName(judgement));
        const summary = summaryOf({ ...record, outcome: { ...record.outcome, verdict: 'HOLD', sentence } });
        assert.ok(Buffer.byteLength(summary) <= 1024, `${Buffer.byteLength(summary)} bytes`);
      }),
    );
  });

  it('names an override in force, and an ended one, wherever the judgement is shown', () => {
    const override = (hours: number) => ({
      override: {
        reason: 'the graph is being reindexed',
        author: 'ana',
        checks: ['materializer-p99'],
        expires: new Date((NOON + hours * 3600) * 1000).toISOString(),
      },
    });
    const says = {
      2: /override of materializer-p99 by ana until \S+ \(the graph is being reindexed\)/,
      [-2]: /override of .* has ended/,
    };
    const slow = { materializer_latency_p99: 7 };
    for (const [hours, verdict] of [
      [2, 'PROMOTE'],
      [-2, 'HOLD'],
    ] as const) {
      const judgement = judge(assessment('canary-100', { live: 50, readings: slow, raw: override(hours) }));
      assert.equal(judgement.decision?.verdict, verdict);
      const record = evidenceOf(judgement, OCCASION, moveName(judgement));
      assert.deepEqual(replay(record), []);
      const shown = [table(judgement), markdown(judgement), JSON.stringify(record), summaryOf(record)];
      for (const text of shown) assert.match(text, says[hours]);
    }
  });
});
