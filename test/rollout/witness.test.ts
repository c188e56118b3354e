import assert from 'node:assert/strict';
import { LADDER } from '../../phases/ladder';
import { unixSeconds } from '../../phases/units';
import { ruleCells } from '../../rollout/cells';
import { conclude } from '../../rollout/decide';
import { factsOf } from '../../rollout/facts';
import { type RuleResult, rulesOf } from '../../rollout/rollback';
import { NOTHING_SEEN, type OomKill, type Probe, type Witness, witnessed } from '../../rollout/witness';
import { healthy } from '../support/healthyPhase';
import { ACTIVATED, resultIn, rulesInput, WATCHED } from './support/rules';

const probe = (at: number, result: Probe['result'] = 'down', why = 'HTTP 503'): Probe => ({
  at: unixSeconds(at),
  result,
  ...(result === 'good' ? {} : { why }),
});
const oom = (at: number, pod = 'denis-workers-a'): OomKill => ({ pod, container: 'worker', at: unixSeconds(at) });
const seeing = (given: Partial<Witness>): Witness => witnessed(NOTHING_SEEN, given);

const NOW = WATCHED + 600;
const chat = (probes: readonly Probe[], now = NOW): RuleResult =>
  resultIn(rulesOf({ ...rulesInput('canary-1', now), witness: seeing({ probes }) }), 'chat-down');
const worker = (ooms: readonly OomKill[], now = NOW): RuleResult =>
  resultIn(rulesOf({ ...rulesInput('canary-10', now), witness: seeing({ ooms }) }), 'worker-oom');
const row = (from: number, ...results: Probe['result'][]): Probe[] =>
  results.map((result, index) => probe(from + index * 10, result));

describe('rollout/witness', () => {
  it('keeps the newest in order of time, each once', () => {
    const probes = Array.from({ length: 14 }, (_, index) => probe(100 + 10 * index));
    const before = witnessed(NOTHING_SEEN, { probes: probes.slice(0, 9), ooms: [oom(5)] });
    const after = witnessed(before, { probes: probes.slice(7), ooms: [oom(9), oom(5), oom(3, 'denis-workers-b')] });
    assert.deepEqual(after.probes, probes.slice(4));
    assert.deepEqual(
      after.ooms.map(({ at }) => at),
      [3, 5, 9],
    );
  });

  it('is judged in every phase that has the rule, and holds nothing while all is well', () => {
    for (const { name, rules } of LADDER) {
      const input = healthy(name);
      const witness = seeing({ probes: [probe(input.now - 5, 'good')] });
      const decision = conclude(factsOf({ ...input, witness }));
      assert.ok(['PROMOTE', 'COMPLETE'].includes(decision.verdict), `${name}: ${decision.sentence}`);
      const judged = decision.facts.rules.filter(({ id }) => id === 'chat-down' || id === 'worker-oom');
      assert.equal(judged.length, rules.filter(({ id }) => id === 'chat-down' || id === 'worker-oom').length);
      for (const { id, status } of judged) assert.equal(status, 'quiet', id);
    }
  });

  describe('chat down', () => {
    it('fires at three probes in a row, not at two', () => {
      const two = chat(row(NOW - 20, 'good', 'down', 'down'));
      assert.deepEqual([two.status, two.probes, two.firedAt], ['violated', { down: 2, of: 3 }, undefined]);
      const three = chat(row(NOW - 30, 'good', 'down', 'down', 'down'));
      assert.deepEqual([three.status, three.firedAt, three.verdict], ['fired', NOW, 'ROLLBACK']);
    });

    it('is reset by a good probe and by one that is refused, which only warns', () => {
      for (const between of ['good', 'refused'] as const) {
        const result = chat(row(NOW - 40, 'down', 'down', between, 'down', 'down'));
        assert.deepEqual([result.status, result.probes?.down], ['violated', 2], between);
      }
      const refused = chat([probe(NOW - 5, 'refused', 'HTTP 422')]);
      assert.deepEqual([refused.status, refused.warning], ['quiet', '/chat refuses the test message (HTTP 422)']);
    });

    it('counts probes that were started 10 s apart, and a hurried one not', () => {
      const hurried = [0, 3, 6, 9.5, 12].map((after) => probe(NOW - 20 + after));
      assert.deepEqual([chat(hurried).status, chat(hurried).probes?.down], ['violated', 2]);
      assert.equal(chat([...hurried, probe(NOW)]).status, 'fired');
    });

    it('is no row where nobody looked in between', () => {
      const paused = [probe(NOW - 600), probe(NOW - 590), probe(NOW - 10)];
      assert.deepEqual([chat(paused).status, chat(paused).probes?.down], ['violated', 1]);
    });

    it('counts from activation on, in the warm-up too', () => {
      const early = row(ACTIVATED - 20, 'down', 'down', 'down', 'down');
      assert.equal(chat(early, ACTIVATED + 15).probes?.down, 2);
      assert.equal(chat([...early, probe(ACTIVATED + 20)], ACTIVATED + 25).firedAt, ACTIVATED + 20);
    });

    it('stays fired when chat is well again, when its probes are forgotten, and when nobody watches any more', () => {
      const fired = chat(row(NOW - 20, 'down', 'down', 'down'));
      const timers = new Map([['chat-down', fired.timer]] as const);
      const later = { ...rulesInput('canary-1', NOW + 900), timers };
      const good = resultIn(
        rulesOf({ ...later, witness: seeing({ probes: [probe(NOW + 895, 'good')] }) }),
        'chat-down',
      );
      assert.deepEqual([good.status, good.firedAt], ['fired', NOW]);
      const alone = resultIn(rulesOf(later), 'chat-down');
      assert.deepEqual([alone.status, alone.firedAt, alone.timer], ['fired', NOW, fired.timer]);
      const again = rulesInput('canary-1', NOW + 900, {}, { activatedAt: NOW + 1 });
      assert.equal(resultIn(rulesOf({ ...again, timers }), 'chat-down').status, 'external');
    });

    it('is missing, and holds, when no probe came for two minutes', () => {
      assert.equal(chat([], ACTIVATED + 60).status, 'quiet');
      const silent = chat([probe(NOW - 121, 'good')]);
      assert.deepEqual([silent.status, silent.why?.detail], ['missing', 'newest probe is 2m01s old, more than 2m00s']);
      const input = healthy('canary-1');
      const decision = conclude(factsOf({ ...input, witness: NOTHING_SEEN }));
      assert.deepEqual([decision.verdict, decision.rule], ['HOLD', 'missing:rule:chat-down']);
    });

    it('is shown with how many probes in a row, and is said', () => {
      const shown = (probes: readonly Probe[]) =>
        conclude(
          factsOf({ ...healthy('canary-1', { now: NOW, activatedAt: ACTIVATED }), witness: seeing({ probes }) }),
        );
      const two = shown(row(NOW - 15, 'down', 'down'));
      assert.deepEqual(ruleCells(two).rows.at(-1), ['/chat down', 'down', '2 down', '3 in a row', 'violated']);
      assert.deepEqual(two.warnings.at(-1), '/chat down for 2 of 3 probes: then ROLLBACK');
      const three = shown(row(NOW - 25, 'down', 'down', 'down'));
      assert.deepEqual(ruleCells(three).rows.at(-1), ['/chat down', 'down', '3 down', '3 in a row', 'ROLLBACK']);
      assert.deepEqual([three.verdict, three.rule], ['ROLLBACK', 'rule:chat-down']);
      assert.match(three.sentence, /^\/chat down for 3 probes in a row at 2026-11-25 .* UTC, now down$/);
      const refused = shown([probe(NOW - 5, 'refused', 'HTTP 401')]);
      assert.deepEqual(refused.warnings.at(-1), '/chat refuses the test message (HTTP 401)');
    });
  });

  describe('worker OOM-killed', () => {
    it('fires at once, with what was killed', () => {
      const result = worker([oom(NOW - 3)]);
      assert.deepEqual(
        [result.status, result.firedAt, result.value, result.verdict],
        ['fired', NOW - 3, '1 (denis-workers-a/worker)', 'ROLLBACK'],
      );
    });

    it('counts only kills after activation, and stays fired', () => {
      assert.equal(worker([oom(ACTIVATED - 1)]).status, 'quiet');
      const { timer } = worker([oom(ACTIVATED + 1)]);
      const timers = new Map([['worker-oom', timer]] as const);
      const alone = resultIn(rulesOf({ ...rulesInput('canary-10', NOW), timers }), 'worker-oom');
      assert.deepEqual([alone.status, alone.firedAt], ['fired', ACTIVATED + 1]);
    });
  });
});
