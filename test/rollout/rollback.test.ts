import assert from 'node:assert/strict';
import { LADDER } from '../../phases/ladder';
import { conclude } from '../../rollout/decide';
import { factsOf } from '../../rollout/facts';
import { rulesOf } from '../../rollout/rollback';
import { healthy, type Readings, withSeries } from '../support/healthyPhase';
import { AMBIGUOUS, found, NOTHING, sampled, UNREACHABLE } from '../support/series';
import { ACTIVATED, firstTaken, ROWS, type Row, reading, ruleAt, rulesInput, SCRAPE, WATCHED } from './support/rules';

const named = ({ phase, id }: Row): string => `${phase}, ${id}`;
/** A value that its metric cannot have. */
const impossible = ({ reading }: Row): number =>
  ({ queue_depth: -1, chat_latency_p99: -1, api: 3 })[reading as 'api'] ?? 1.5;

describe('rollout/rollback', () => {
  for (const row of ROWS) {
    const { verdict, title } = row;
    const fires = firstTaken(row) + row.for;

    it(`${named(row)}: ${title} for ${row.for} s means ${verdict}, at the limit nothing does`, () => {
      const long = fires + 3_600;
      const good = ruleAt(row, long, reading(row, row.good));
      assert.deepEqual([good.status, good.held, good.firedAt], ['quiet', 0, undefined]);
      const early = ruleAt(row, fires - SCRAPE, reading(row, row.bad));
      assert.deepEqual([early.status, early.held, early.firedAt], ['violated', row.for - SCRAPE, undefined]);
      const then = ruleAt(row, fires, reading(row, row.bad));
      assert.deepEqual(
        [then.status, then.held, then.firedAt, then.verdict, then.title, then.for],
        ['fired', row.for, fires, verdict, title, row.for],
      );
    });

    it(`${named(row)}: stays fired when the value is well again, and is said with its moment`, () => {
      const over = fires + 1_200;
      const bad = reading(row, (time) => (time < fires + 600 ? row.bad : row.good));
      const later = ruleAt(row, over + 3_600, bad);
      assert.deepEqual([later.status, later.firedAt], ['fired', fires]);
      const decision = conclude(
        factsOf(
          healthy(row.phase, {
            now: over,
            activatedAt: ACTIVATED,
            every: SCRAPE,
            readings: { materializer_new: (time) => (time - ACTIVATED) * 20, ...bad },
          }),
        ),
      );
      assert.equal(decision.verdict, verdict);
      assert.ok(decision.findings.some((one) => one.rule === `rule:${row.id}` && one.verdict === verdict));
      assert.match(
        decision.findings.find(({ rule }) => rule === `rule:${row.id}`)!.sentence,
        /for \d+m00s at 2026-11-25 \d\d:\d\d:\d\d UTC/,
      );
    });

    it(`${named(row)}: a gap neither counts nor resets, and one sample covers two scrape intervals at most`, () => {
      const until = firstTaken(row) - SCRAPE + row.for / 2;
      const again = until + 1_200;
      const before = row.for / 2 + SCRAPE;
      for (const [what, hole] of [
        ['no sample', Number.NaN],
        ['out of range', impossible(row)],
      ] as const) {
        const bad = reading(row, (time) => (time >= until && time < again ? hole : row.bad));
        const silent = ruleAt(row, again - 60, bad);
        assert.deepEqual([silent.status, silent.held], ['missing', before], what);
        const back = again + SCRAPE;
        const left = row.for - before;
        if (left > 0) {
          const early = ruleAt(row, back + left - SCRAPE, bad);
          assert.equal(early.firedAt, undefined, what);
        }
        assert.equal(ruleAt(row, back + left, bad).firedAt, back + left, what);
      }
    });

    it(`${named(row)}: ${row.fromActivation ? 'counts' : 'leaves out'} samples of the warm-up`, () => {
      const bad = reading(row, (time) => (time < WATCHED ? row.bad : Number.NaN));
      const after = ruleAt(row, WATCHED + 90, bad);
      assert.deepEqual(
        [after.status, after.firedAt],
        row.fromActivation ? ['fired', ACTIVATED + SCRAPE + row.for] : [after.status, undefined],
      );
      assert.equal(after.held > 0, row.fromActivation === true);
    });

    it(`${named(row)}: nothing reaches before activation`, () => {
      const bad = reading(row, (time) => (time < ACTIVATED ? row.bad : row.good));
      const after = ruleAt(row, WATCHED + 600, bad, { sampledFrom: ACTIVATED - 3_600 });
      assert.deepEqual([after.status, after.held, after.firedAt], ['quiet', 0, undefined]);
    });

    it(`${named(row)}: is missing with its series, and that holds`, () => {
      const key = row.reading === 'api' ? 'memory_usage' : row.reading;
      for (const missing of [NOTHING, AMBIGUOUS, UNREACHABLE]) {
        const result = ruleAt(row, WATCHED + 900, { [key]: missing } as Readings);
        assert.deepEqual(
          [result.status, result.why?.kind],
          ['missing', missing.kind === 'series' ? 'noData' : missing.kind],
        );
        const decision = conclude(factsOf(withSeries(healthy(row.phase), { [key]: missing })));
        assert.equal(decision.verdict, 'HOLD');
      }
      const stale = ruleAt(
        row,
        WATCHED + 900,
        reading(row, (time) => (time < WATCHED + 600 ? row.good : Number.NaN)),
      );
      assert.deepEqual([stale.status, stale.why?.kind], ['missing', 'stale']);
    });
  }

  it('has one result for each rule of a phase, and two for an error rule below 5 %', () => {
    for (const { name, rules } of LADDER) {
      const ids = rulesOf(rulesInput(name, WATCHED + 600)).map(({ id }) => id);
      assert.deepEqual(
        ids.filter((id) => id !== 'error-above-five'),
        rules.map(({ id }) => id),
      );
      assert.equal(ids.includes('error-above-five'), name !== 'canary-1');
      const external = ids.filter((id) => ROWS.every((row) => row.phase !== name || row.id !== id));
      assert.deepEqual(external, name === 'canary-1' ? ['chat-down'] : ['chat-down', 'worker-oom']);
    }
  });

  it('shows what another system watches, or nobody, and holds nothing for it', () => {
    for (const [watcher, note] of [
      ['external: the pager', 'watched by the pager'],
      ['own', 'no watcher tells'],
    ] as const) {
      for (const id of ['chat-down', 'worker-oom'] as const) {
        const result = ruleAt({ phase: 'canary-10', id }, WATCHED + 600, {}, { settings: { watcher } });
        assert.deepEqual([result.status, result.note, result.why], ['external', note, undefined]);
      }
    }
    assert.equal(conclude(factsOf(healthy('canary-10'))).verdict, 'PROMOTE');
  });

  describe('a rule that judges each moment by itself', () => {
    for (const row of ROWS.filter(({ id }) => id === 'queue-above' || id === 'memory-above')) {
      it(`${named(row)}: is reset by a single good sample`, () => {
        const lapse = WATCHED + row.for - 2 * SCRAPE;
        const flapping = reading(row, (time) => (time === lapse ? row.good : row.bad));
        const again = lapse + 2 * SCRAPE;
        assert.equal(ruleAt(row, again + row.for - SCRAPE, flapping).firedAt, undefined);
        assert.equal(ruleAt(row, again + row.for, flapping).firedAt, again + row.for);
      });
    }

    it('takes the highest of all pods and components', () => {
      const row = { phase: 'canary-50', id: 'memory-above' } as const;
      const now = WATCHED + 600;
      assert.equal(ruleAt(row, now, { api: 0.1, workers: 0.95 }).status, 'fired');
      assert.equal(ruleAt(row, now, { api: 0.95, workers: 0.1 }).status, 'fired');
      const queue = { phase: 'canary-10', id: 'queue-above' } as const;
      assert.equal(ruleAt(queue, WATCHED + 900, { queue_depth: 600 }, { pods: ['a', 'b'] }).status, 'fired');
    });

    it('is not reset by another pod or component while the one that violated is not there for a moment', () => {
      const gap = WATCHED + 120;
      const readings = { api: (time: number) => (time === gap ? Number.NaN : 0.95), workers: 0.5 };
      const memory = ruleAt({ phase: 'canary-50', id: 'memory-above' }, WATCHED + SCRAPE + 300, readings);
      assert.deepEqual([memory.status, memory.firedAt], ['fired', WATCHED + SCRAPE + 300]);
      const pods = [
        { pod: 'a', value: (time: number) => (time === gap ? Number.NaN : 600) },
        { pod: 'b', value: 10 },
      ].map(({ pod, value }) => sampled(pod, { from: ACTIVATED, to: WATCHED + 700, every: SCRAPE }, value));
      const queue = { phase: 'canary-10', id: 'queue-above' } as const;
      const fires = WATCHED + SCRAPE + 600;
      assert.equal(ruleAt(queue, fires, { queue_depth: found(...pods) }).firedAt, fires);
    });

    it('takes a pod for gone that is not there for longer', () => {
      const pods = [
        sampled('a', { from: ACTIVATED, to: WATCHED + 300, every: SCRAPE }, 600),
        sampled('b', { from: ACTIVATED, to: WATCHED + 900, every: SCRAPE }, 10),
      ];
      const queue = { phase: 'canary-10', id: 'queue-above' } as const;
      const result = ruleAt(queue, WATCHED + 900, { queue_depth: found(...pods) });
      assert.deepEqual([result.status, result.held], ['quiet', 0]);
    });

    it('knows the memory only with both components', () => {
      const row = { phase: 'canary-50', id: 'memory-above' } as const;
      const result = ruleAt(row, WATCHED + 600, { workers: (time) => (time > WATCHED + 300 ? Number.NaN : 0.5) });
      assert.deepEqual([result.status, result.why?.kind], ['missing', 'stale']);
    });
  });

  describe('a rule that looks back over five minutes', () => {
    /** Well until then, and bad from then on. */
    const since = (moment: number, good: number, bad: number) => (time: number) => (time < moment ? good : bad);
    const onset = WATCHED + 1_800;

    it('averages a rate', () => {
      // 12 of 20 samples at 5 % and the others at 0 % are 3 % on average: the thirteenth violates.
      const row = { phase: 'canary-10', id: 'error-above' } as const;
      const readings = { error_rate: since(onset, 0, 0.05) };
      assert.equal(ruleAt(row, onset + 12 * SCRAPE, readings).status, 'quiet');
      const after = ruleAt(row, onset + 13 * SCRAPE, readings);
      assert.deepEqual([after.status, after.held, after.value], ['violated', 0, '3.25 %']);
    });

    it('forgets a burst after it', () => {
      const row = { phase: 'canary-10', id: 'error-above' } as const;
      // One sample of 70 % among twenty: 3.5 % for five minutes, unless those before and after reset it.
      const burst = (time: number): number => (time === onset ? 0.7 : 0);
      assert.equal(ruleAt(row, onset + 20 * SCRAPE, { error_rate: burst }).firedAt, onset + SCRAPE + 60);
      const small = (time: number): number => (time === onset ? 0.6 : 0);
      assert.equal(ruleAt(row, onset + 30 * SCRAPE, { error_rate: small }).firedAt, undefined);
    });

    it('takes the 95th percentile of a latency', () => {
      const row = { phase: 'canary-50', id: 'chat-p99-above-baseline' } as const;
      const readings = { chat_latency_p99: since(onset, 0.4, 2) };
      assert.equal(ruleAt(row, onset + SCRAPE, readings).status, 'quiet');
      assert.deepEqual(
        [ruleAt(row, onset + 2 * SCRAPE, readings).status, ruleAt(row, onset + 2 * SCRAPE, readings).value],
        ['violated', '2.00 s'],
      );
    });

    it('grows the look-back of success from five minutes on, and looks at every one that is long enough', () => {
      const row = { phase: 'canary-10', id: 'success-below' } as const;
      // 6 of 20 samples at 75 % and the others at 100 % are 92.5 %.
      const readings = { materializer_success_rate: since(onset, 1, 0.75) };
      assert.equal(ruleAt(row, onset + 5 * SCRAPE, readings).status, 'quiet');
      assert.equal(ruleAt(row, onset + 6 * SCRAPE, readings).status, 'violated');
    });
  });

  it('is off with a series that a setting switched off, and holds nothing', () => {
    const off = { kind: 'off', reason: 'no queue here' } as const;
    for (const [key, id] of [
      ['queue_depth', 'queue-above'],
      ['memory_usage', 'memory-above'],
      ['chat_latency_p99', 'chat-p99-above-baseline'],
    ] as const) {
      const result = ruleAt({ phase: 'canary-50', id }, WATCHED + 900, { [key]: off } as Readings);
      assert.deepEqual([result.status, result.note], ['off', 'no queue here']);
      assert.equal(conclude(factsOf(withSeries(healthy('canary-50'), { [key]: off }))).verdict, 'PROMOTE', key);
    }
  });

  it('needs no baseline for a chat that is off, and is missing without one otherwise', () => {
    const input = { ...rulesInput('canary-50', WATCHED + 900), baseline: undefined };
    const chat = (given: typeof input) => rulesOf(given).find(({ id }) => id === 'chat-p99-above-baseline')!;
    assert.deepEqual(
      [chat(input).status, chat(input).why?.detail],
      ['missing', 'no baseline is pinned; npm run baseline repairs it'],
    );
    const off = { kind: 'off', reason: 'no chat' } as const;
    assert.equal(chat({ ...input, series: { ...input.series, chat_latency_p99: off } }).status, 'off');
  });

  it('says of a violated rule how long it has been, and what follows', () => {
    const readings = { queue_depth: 512 };
    const { warnings } = conclude(
      factsOf(healthy('canary-10', { now: WATCHED + 195, activatedAt: ACTIVATED, every: SCRAPE, readings })),
    );
    assert.deepEqual(warnings.at(-1), 'queue depth > 500 for 3m00s of 10m00s, now 512.0: then ROLLBACK');
  });

  it('runs in scaled time, none of it below five scrape intervals', () => {
    const settings = { timeScale: 60, scrapeInterval: '1s' };
    const activatedAt = ACTIVATED;
    const own = { settings, activatedAt, every: 1 };
    const jobs = { materializer_new: (time: number) => (time - activatedAt) * 100 };
    const rows = [
      // Warm-up 5 s instead of 3; 10 min are 10 s, 1 min would be 1 s.
      [{ phase: 'canary-10', id: 'queue-above' }, { queue_depth: 501 }, activatedAt + 5 + 1 + 10],
      [
        { phase: 'canary-10', id: 'success-below' },
        { ...jobs, materializer_success_rate: 0.5 },
        activatedAt + 5 + 1 + 5,
      ],
      [{ phase: 'canary-10', id: 'error-above-five' }, { error_rate: 0.5 }, activatedAt + 1 + 5],
      [{ phase: 'canary-50', id: 'memory-above' }, { api: 0.95 }, activatedAt + 5 + 1 + 5],
    ] as const;
    for (const [row, readings, fires] of rows) {
      assert.equal(ruleAt(row, fires - 1, readings, own).firedAt, undefined, row.id);
      assert.equal(ruleAt(row, fires, readings, own).firedAt, fires, row.id);
    }
  });
});
