import assert from 'node:assert/strict';
import { EMPTY_LEDGER, LEDGER_KEY, type Ledger, readLedger, writeLedger } from '../../rollout/ledger';

const FULL: Ledger = {
  version: 1,
  permitted: 10,
  rollout: { id: 'r1', startedAt: '2026-11-25T08:00:00Z', workers: 4 },
  lastMove: {
    number: 7,
    stack: 'canary-10',
    percent: 10,
    enabled: true,
    direction: 'up',
    at: '2026-11-25T09:00:00Z',
    by: 'eva@host',
  },
  baseline: { chatP99: 0.4, measuredAt: '2026-11-25T08:00:00Z', covered: 86_400, samples: 5_760 },
  source: 'prometheus http://prometheus.test:9090',
  latch: { by: 'eva', at: '2026-11-25T10:00:00Z', reason: 'drill' },
};

const stored = (value: unknown) => ({
  text: typeof value === 'string' ? value : JSON.stringify(value),
  resourceVersion: '9',
});

describe('rollout/ledger', () => {
  it('is kept under ledger.json and begins at 0 %', () => {
    assert.equal(LEDGER_KEY, 'ledger.json');
    assert.deepEqual(EMPTY_LEDGER, { version: 1, permitted: 0 });
  });

  it('is read as it was written', () => {
    const pinnedAgain = { ...FULL, baseline: { ...FULL.baseline!, set: { by: 'ana@laptop', reason: 'lost' } } };
    for (const ledger of [EMPTY_LEDGER, FULL, pinnedAgain]) {
      assert.deepEqual(readLedger(stored(writeLedger(ledger))), { kind: 'ledger', ledger, resourceVersion: '9' });
    }
  });

  it('is missing without a ConfigMap', () => assert.deepEqual(readLedger(undefined), { kind: 'missing' }));

  const { baseline: _, ...withoutBaseline } = FULL;
  const broken: readonly [string, unknown, RegExp][] = [
    ['nothing', '', /^ledger\.json is not JSON$/],
    ['half a text', '{"version":1', /^ledger\.json is not JSON$/],
    ['null', 'null', /^ledger\.json: : /],
    ['another version', { ...FULL, version: 2 }, /^ledger\.json: version: /],
    ['no permitted exposure', { version: 1 }, /^ledger\.json: permitted: /],
    ['a percentage above 100', { ...FULL, permitted: 101 }, /^ledger\.json: permitted: /],
    ['a percentage below 0', { ...FULL, permitted: -1 }, /^ledger\.json: permitted: /],
    ['a percentage as text', { ...FULL, permitted: '10' }, /^ledger\.json: permitted: /],
    [
      'a baseline of 0',
      { ...withoutBaseline, baseline: { ...FULL.baseline, chatP99: 0 } },
      /^ledger\.json: baseline\.chatP99: /,
    ],
    [
      'a move that is no number',
      { ...FULL, lastMove: { ...FULL.lastMove, number: null } },
      /^ledger\.json: lastMove\.number: /,
    ],
    ['an unknown key', { ...FULL, permited: 100 }, /^ledger\.json: : .*permited/],
  ];
  for (const [what, value, reason] of broken) {
    it(`is broken with ${what}, and says where`, () => {
      const reading = readLedger(stored(value));
      assert.equal(reading.kind, 'broken');
      assert.match(reading.kind === 'broken' ? reading.reason : '', reason);
    });
  }

  it('is never written broken', () => {
    assert.throws(() => writeLedger({ ...FULL, permitted: 101 }));
    assert.throws(() => writeLedger({ ...FULL, lastMove: { ...FULL.lastMove!, number: Number.NaN } }));
  });
});
