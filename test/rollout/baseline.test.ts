import assert from 'node:assert/strict';
import { seconds } from '../../phases/units';
import { type Baseline, baselineSentence, baselineStanding } from '../../rollout/baseline';
import { EMPTY_LEDGER, type Ledger, type LedgerReading } from '../../rollout/ledger';
import { BASELINE } from '../support/healthyPhase';

const ROLLOUT = { id: 'r1', startedAt: '2026-11-25T08:00:00Z', workers: 4 };
const LATCH = { by: 'eva', at: '2026-11-25T10:00:00Z', reason: 'drill' };
const stored = (ledger: Partial<Ledger>): LedgerReading => ({
  kind: 'ledger',
  ledger: { ...EMPTY_LEDGER, ...ledger },
  resourceVersion: '9',
});

describe('rollout/baseline', () => {
  const standings: readonly [string, LedgerReading, string, RegExp][] = [
    ['a rollout that has one', stored({ rollout: ROLLOUT, baseline: BASELINE }), 'pinned', /^the baseline .* 0\.40 s/],
    ['a rollout without one', stored({ rollout: ROLLOUT }), 'lost', /^rollout r1, begun 2026-11-25T08:00:00Z, has no /],
    ['no rollout', stored({}), 'none', /^no rollout is under way: the start of canary-1 measures/],
    ['a killed rollout', stored({ rollout: ROLLOUT, latch: LATCH }), 'none', /^the rollout has ended: latched by eva /],
    ['no ledger', { kind: 'missing' }, 'none', /^the ledger \(ConfigMap denis-canary\) is missing$/],
    ['a ledger that is none', { kind: 'broken', reason: 'not JSON' }, 'none', /^the ledger cannot be read: not JSON$/],
  ];
  for (const [what, reading, kind, sentence] of standings) {
    it(`is ${kind} in ${what}`, () => {
      const standing = baselineStanding(reading);
      assert.equal(standing.kind, kind);
      assert.match(standing.sentence, sentence);
    });
  }

  it('says where it comes from', () => {
    const given: Baseline = { ...BASELINE, covered: seconds(0), samples: 0, set: { by: 'ana@laptop', reason: 'lost' } };
    assert.equal(
      baselineSentence(BASELINE),
      'the baseline of chat p99 is 0.40 s, measured over 24h00m of samples until 2026-11-24T08:00:00.000Z',
    );
    assert.equal(
      baselineSentence(given),
      'the baseline of chat p99 is 0.40 s, given 2026-11-24T08:00:00.000Z; pinned by hand by ana@laptop: lost',
    );
  });
});
