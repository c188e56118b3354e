import assert from 'node:assert/strict';
import fc from 'fast-check';
import { phaseNamed } from '../../phases/ladder';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { PHASE_NAMES, type PhaseName } from '../../phases/phase';
import { conclude, decide, SEVERITY, type Verdict } from '../../rollout/decide';
import type { DecideInput, PhaseFacts } from '../../rollout/facts';
import { age, course, courseKey, levelOf, stretch, worsened } from '../support/courses';
import { type Course, fastPhase, MISSING_KINDS, missingSeries, WELL } from '../support/fastWorld';
import { withSeries } from '../support/healthyPhase';

const RUNS = { numRuns: 10_000 };
const rank = (verdict: Verdict): number => SEVERITY.indexOf(verdict);
const severity = (input: DecideInput): number => rank(decide(input).verdict);

const names = fc.constantFrom(...PHASE_NAMES);
const world = fc.record({ course, age, counted: fc.boolean() });
const missingKind = fc.nat(MISSING_KINDS - 1);
const without = (input: DecideInput, gone: readonly (readonly [MetricKey, number])[]): DecideInput =>
  withSeries(input, Object.fromEntries(gone.map(([key, kind]) => [key, missingSeries(key, kind)])));
const gone = fc.array(fc.tuple(fc.constantFrom(...METRIC_KEYS), missingKind), { minLength: 1, maxLength: 4 });

const METRIC_OF: { readonly [K in keyof Course]: MetricKey } = {
  success: 'materializer_success_rate',
  error: 'error_rate',
  latency: 'materializer_latency_p99',
  chat: 'chat_latency_p99',
  queue: 'queue_depth',
  seen: 'worker_seen',
  graph: 'graph_write_latency_p99',
  api: 'memory_usage',
  workers: 'memory_usage',
};

describe('rollout/decide, properties', function () {
  this.timeout(120_000);

  it('the fast worlds reach every verdict, by every line, so that the next ones mean something', () => {
    const verdicts = new Set<Verdict>();
    const rules = new Set<string>();
    fc.assert(
      fc.property(names, world, (name, given) => {
        const { verdict, findings } = decide(fastPhase(name, given));
        verdicts.add(verdict);
        for (const { rule } of findings) rules.add(rule);
      }),
      { numRuns: 4_000, seed: 7 },
    );
    assert.deepEqual([...verdicts].sort(), [...SEVERITY].sort());
    for (const rule of [
      'rule:success-below',
      'rule:success-not-above-matrix',
      'rule:error-above',
      'rule:error-above-five',
      'rule:queue-above',
      'rule:chat-p99-above-baseline',
      'rule:memory-above',
      'matrix:success',
      'matrix:success-held',
      'matrix:error',
      'check:success-rate',
      'check:error-rate',
      'check:worker-seen',
      'window',
    ])
      assert.ok(rules.has(rule), `${rule} was never reached`);
  });

  it('decisions are total, and are made of facts that can be written down and read again', () => {
    fc.assert(
      fc.property(
        names,
        world,
        fc.array(fc.tuple(fc.constantFrom(...METRIC_KEYS), missingKind)),
        (name, given, lost) => {
          const decision = decide(without(fastPhase(name, given), lost));
          assert.ok(SEVERITY.includes(decision.verdict) && decision.sentence !== '');
          assert.equal(decision.checks.length, phaseNamed(name)!.checks.length);
          const ranks = decision.findings.map(({ verdict }) => rank(verdict));
          assert.equal(ranks[0], rank(decision.verdict));
          assert.ok(ranks.every((one, index) => index === 0 || one <= ranks[index - 1]!));
          const written = JSON.stringify(decision.facts);
          assert.doesNotMatch(written, /null/);
          const again = conclude(JSON.parse(written) as PhaseFacts);
          assert.deepEqual([again.verdict, again.findings], [decision.verdict, decision.findings]);
          assert.deepEqual([again.warnings, again.changesAt], [decision.warnings, decision.changesAt]);
        },
      ),
      RUNS,
    );
  });

  it('a worse sample, stretch or series within its valid range never gives a milder verdict', () => {
    const change = courseKey.chain((key) => fc.record({ key: fc.constant(key), span: stretch, level: levelOf(key) }));
    fc.assert(
      fc.property(names, world, change, (name, given, { key, span, level }) => {
        const after = { ...given.course, [key]: worsened(key, given.course[key], span, level) };
        const [better, worse] = [given, { ...given, course: after }].map((one) => severity(fastPhase(name, one)));
        assert.ok(worse! >= better!, `${key} at ${level}: ${SEVERITY[better!]} → ${SEVERITY[worse!]}`);
      }),
      RUNS,
    );
  });

  it('missing data never promotes: that of a hard check, of a rule, of the jobs or of the percentage', () => {
    const OF_RULES: Partial<Record<string, MetricKey>> = {
      'queue-above': 'queue_depth',
      'memory-above': 'memory_usage',
      'chat-p99-above-baseline': 'chat_latency_p99',
    };
    const needed = (name: PhaseName): MetricKey[] => {
      const { checks, rules } = phaseNamed(name)!;
      const hard = checks.flatMap(({ kind, metric }) => (kind === 'hard' ? [metric] : []));
      const ofRules = rules.flatMap(({ id }) => OF_RULES[id] ?? []);
      return ['materializer_new', 'materializer_pct', ...hard, ...ofRules];
    };
    const keys = PHASE_NAMES.flatMap((name) => needed(name).map((key): [PhaseName, MetricKey] => [name, key]));
    fc.assert(
      fc.property(fc.constantFrom(...keys), missingKind, world, ([name, key], kind, given) => {
        const counted = key === 'materializer_new' ? false : given.counted;
        const verdict = severity(without(fastPhase(name, { ...given, counted }), [[key, kind]]));
        assert.ok(verdict >= rank('HOLD'), `${key} missing: ${SEVERITY[verdict]}`);
      }),
      RUNS,
    );
  });

  it('missing data never rolls a healthy phase back', () => {
    fc.assert(
      fc.property(names, age, fc.boolean(), gone, (name, old, counted, lost) => {
        const verdict = severity(without(fastPhase(name, { age: old, counted }), lost));
        assert.ok(verdict <= rank('HOLD'), SEVERITY[verdict]);
      }),
      RUNS,
    );
  });

  it('missing data of one metric never hides what another one violates', () => {
    const bad = courseKey.chain((key) => fc.record({ key: fc.constant(key), span: stretch, level: levelOf(key) }));
    let violated = 0;
    fc.assert(
      fc.property(names, age, fc.boolean(), bad, gone, (name, old, counted, { key, span, level }, lost) => {
        // A success rule counts jobs: without them it is missing itself.
        const others = lost.filter(
          ([one]) => one !== METRIC_OF[key] && !(key === 'success' && one === 'materializer_new'),
        );
        const course = { [key]: worsened(key, WELL[key], span, level) };
        const input = fastPhase(name, { age: old, counted, course });
        const before = severity(input);
        if (before >= rank('ROLLBACK')) violated++;
        const after = severity(without(input, others));
        assert.ok(after >= before, `${SEVERITY[before]} → ${SEVERITY[after]}`);
      }),
      RUNS,
    );
    assert.ok(violated > 500, `only ${violated} worlds were violated`);
  });
});
