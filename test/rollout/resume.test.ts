import assert from 'node:assert/strict';
import { type ClusterState, type DenisState, read, unreadable } from '../../rollout/cluster';
import type { Switches } from '../../rollout/exposure';
import { latchText } from '../../rollout/latch';
import type { LedgerReading } from '../../rollout/ledger';
import { isSeen, ledgerResumed, ledgerResuming, type Resumption, resumeOf } from '../../rollout/resume';
import { clusterState, denisState, ledgerAt, switchesOn, workersState } from '../support/clusterState';

const AUTHOR = { by: 'ana@host', at: '2026-11-27T09:00:00.000Z' };
const LATCH = { by: 'eva@host', at: '2026-11-26T03:12:00.000Z', reason: 'the queue runs full' };
const SENTENCE = 'latched by eva@host at 2026-11-26T03:12:00.000Z: the queue runs full';
const ROLLOUT = { id: 'r', startedAt: '2026-11-25T08:00:00.000Z', workers: 2 };
const MOVE = { number: 3, stack: 'canary-10', percent: 10, direction: 'up', at: AUTHOR.at, by: 'ben' } as const;
const RUNNING = ledgerAt(10, { rollout: ROLLOUT, lastMove: { ...MOVE, enabled: true } });

interface World {
  readonly denis?: Partial<DenisState>;
  readonly cluster?: Partial<ClusterState>;
  readonly switches?: Partial<Switches>;
  readonly ledger?: LedgerReading;
}

function verdictOf({ denis, cluster, switches, ledger = RUNNING }: World) {
  const state = denisState(10, denis);
  const all = { ...switchesOn(state), ...switches };
  return resumeOf(clusterState(state, cluster), all, ledger, AUTHOR);
}

function resumption(world: World): Resumption {
  const verdict = verdictOf(world);
  assert.equal(verdict.kind, 'resume');
  return verdict;
}

describe('rollout/resume', () => {
  describe('resumeOf', () => {
    const kills: [string, World, string][] = [
      ['the latch on the Deployment', { denis: { latch: latchText(LATCH) } }, SENTENCE],
      ['a latch in the ledger alone', { ledger: ledgerAt(0, { latch: LATCH }) }, SENTENCE],
      ['a latch that nobody here wrote', { denis: { latch: 'eva' } }, 'the Deployment carries a latch (eva)'],
      [
        'ENABLED set by hand',
        {
          denis: {
            wiring: { pct: { kind: 'wired' }, enabled: { kind: 'explicit', value: 'false' } },
            effective: { pct: 10, enabled: false },
          },
        },
        'ENABLED was set to false by hand',
      ],
      ['the flag', { switches: { flag: read(false) } }, 'the Redis flag is 0'],
      [
        'a pod that was told to stop',
        { switches: { killed: new Map([['denis-b', read(true)]]) } },
        'pod denis-b was told to stop through the API',
      ],
      ['stopped workers', { cluster: { workers: workersState({ replicas: 0 }) } }, 'the workers were scaled to 0'],
    ];
    for (const [title, world, sentence] of kills) {
      it(`shows ${title}`, () => {
        assert.deepEqual(resumption(world).off, [sentence]);
      });
    }

    for (const [title, world] of kills.filter(([, { denis, ledger }]) => ledger === undefined && !denis?.latch)) {
      it(`writes ${title} down as a latch of its own, until the end`, () => {
        const { off, latch, seen } = resumption(world);
        assert.equal(seen, undefined);
        assert.deepEqual(latch, { ...AUTHOR, reason: off.join('; ') });
      });
    }

    it('shows a switch at 0 % too, where nothing is live to kill', () => {
      const state = denisState(0);
      const switches = { ...switchesOn(state), flag: read(false) };
      const verdict = resumeOf(clusterState(state), switches, ledgerAt(0), AUTHOR);
      assert.deepEqual(verdict.kind === 'resume' && verdict.off, ['the Redis flag is 0']);
    });

    it('shows everything at once, each once', () => {
      const { off } = resumption({
        denis: { latch: latchText(LATCH) },
        ledger: ledgerAt(0, { latch: LATCH }),
        switches: { flag: read(false) },
      });
      assert.deepEqual(off, [SENTENCE, 'the Redis flag is 0']);
    });

    it('refuses where nothing is off, and says what it could not read', () => {
      const reason = 'nothing is off: no latch, no variable set by hand, no switch';
      assert.deepEqual(verdictOf({}), { kind: 'refused', reason });
      assert.deepEqual(verdictOf({ switches: { flag: unreadable('Redis: refused') } }), {
        kind: 'refused',
        reason: `${reason}; not read: Redis: refused`,
      });
    });

    it('refuses without the Deployment', () => {
      const verdict = resumeOf(clusterState(undefined), switchesOn(undefined), RUNNING, AUTHOR);
      assert.deepEqual(verdict, { kind: 'refused', reason: 'the Deployment of Denis does not exist' });
    });

    for (const ledger of [{ kind: 'missing' }, { kind: 'broken', reason: 'not JSON' }] as const) {
      it(`goes by the Deployment where the ledger is ${ledger.kind}`, () => {
        const { latch } = resumption({ denis: { latch: latchText(LATCH) }, ledger });
        assert.deepEqual(latch, LATCH);
        assert.deepEqual(ledgerResuming(ledger, latch), { version: 1, permitted: 0, latch });
      });
    }

    describe('workers', () => {
      const stopped = { workers: workersState({ replicas: 0 }) };
      const of = (world: World) => resumption({ ...world }).workers;
      const remembered = latchText({ ...LATCH, workers: 6 });

      it('are given back as the latch remembers them', () => {
        assert.equal(of({ denis: { latch: remembered }, cluster: stopped }), 6);
        assert.equal(of({ cluster: stopped, ledger: ledgerAt(0, { latch: { ...LATCH, workers: 5 } }) }), 5);
      });

      it('are remembered by the ledger where the Deployment forgot them', () => {
        const ledger = ledgerAt(0, { latch: { ...LATCH, workers: 5 } });
        const { workers, latch } = resumption({ denis: { latch: latchText(LATCH) }, cluster: stopped, ledger });
        assert.equal(workers, 5);
        assert.deepEqual(latch, { ...LATCH, workers: 5 });
      });

      it('are left as they are where some run, or nobody remembers', () => {
        assert.equal(of({ denis: { latch: remembered } }), undefined);
        assert.equal(of({ denis: { latch: latchText(LATCH) }, cluster: stopped }), undefined);
      });
    });
  });

  describe('isSeen', () => {
    const found = resumption({
      denis: { latch: latchText(LATCH) },
      ledger: ledgerAt(0, { latch: { ...LATCH, reason: 'an older one', workers: 4 } }),
    });

    it('knows the latch of the Deployment, that of the ledger and its own', () => {
      assert.deepEqual(found.latch, { ...LATCH, workers: 4 });
      assert.ok(
        [LATCH, { ...LATCH, reason: 'an older one', workers: 4 }, found.latch].every((one) => isSeen(found, one)),
      );
    });

    it('knows no other', () => {
      assert.equal(isSeen(found, { ...LATCH, at: '2026-11-27T09:00:01.000Z' }), false);
    });
  });

  describe('the ledger', () => {
    const drill = { at: AUTHOR.at, by: 'ana' };
    const baseline = { chatP99: 0.3, measuredAt: AUTHOR.at, covered: 1, samples: 1 };
    const before = ledgerAt(10, {
      rollout: ROLLOUT,
      baseline,
      source: 'endpoint on ci',
      latch: LATCH,
      drill,
      lastMove: { ...MOVE, enabled: true },
    });

    it('is latched while the resume works, and permits nothing', () => {
      assert.deepEqual(ledgerResuming(before, LATCH), {
        version: 1,
        permitted: 0,
        latch: LATCH,
        lastMove: { ...MOVE, enabled: true },
        drill,
      });
    });

    it('begins anew after it: no rollout, no baseline, no source, no latch; the drill stays', () => {
      assert.deepEqual(ledgerResumed(before, 7, AUTHOR), {
        version: 1,
        permitted: 0,
        lastMove: { number: 7, stack: 'canary-10', percent: 0, enabled: false, direction: 'down', ...AUTHOR },
        drill,
      });
      assert.equal(ledgerResumed({ kind: 'missing' }, 7, AUTHOR).lastMove?.stack, 'canary-1');
    });
  });
});
