import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  type ClusterState,
  type DenisState,
  type PodState,
  type Reading,
  read,
  unreadable,
} from '../../rollout/cluster';
import { configuredPercent, killsOf, liveExposure, type Switches } from '../../rollout/exposure';
import { clusterState, denisState, podState, switchesOn, workersState } from '../support/clusterState';

const known = (percent: number) => ({ kind: 'known', percent });
const unknown = (...reasons: string[]) => ({ kind: 'unknown', reasons });
const told = (denis: DenisState, own: Record<string, Reading<boolean>>): Switches => ({
  ...switchesOn(denis),
  killed: new Map([...switchesOn(denis).killed, ...Object.entries(own)]),
});
const hpa = (min: number, name = 'workers') => ({ kind: 'HorizontalPodAutoscaler', name, min, max: 20 });
const byHand = (pods: Partial<PodState['serves']>[], own: Partial<DenisState> = {}): DenisState =>
  denisState(10, {
    pods: pods.map((serves, index) => podState(`denis-${index}`, { serves: { pct: 10, enabled: true, ...serves } })),
    ...own,
  });

describe('rollout/exposure', () => {
  describe('the live exposure', () => {
    it('is what the Ready pods serve', () => {
      for (const percent of [0, 1, 10, 25, 50, 100]) {
        const denis = denisState(percent);
        assert.deepEqual(liveExposure(clusterState(denis), switchesOn(denis)), known(percent));
      }
    });

    it('is the highest that any Ready pod serves', () => {
      const denis = byHand([{ pct: 1 }, { pct: 25 }, { pct: 0 }]);
      assert.deepEqual(liveExposure(clusterState(denis), switchesOn(denis)), known(25));
    });

    it('leaves out pods that are not Ready', () => {
      const denis = byHand([{ pct: 1 }], {
        pods: [podState('denis-a', { serves: { pct: 1, enabled: true } }), podState('denis-b', { ready: false })],
      });
      assert.deepEqual(liveExposure(clusterState(denis), switchesOn(denis)), known(1));
    });

    it('counts a pod that is off or was told to stop as 0, the others as they are', () => {
      const denis = byHand([{ enabled: false }, { pct: 10 }, { pct: 50 }]);
      assert.deepEqual(liveExposure(clusterState(denis), told(denis, { 'denis-2': read(true) })), known(10));
    });

    const offs: readonly [string, DenisState, Partial<ClusterState>, Partial<Switches>][] = [
      ['every environment is disabled', byHand([{ enabled: false }, { enabled: false }]), {}, {}],
      ['the Redis flag is 0', denisState(10), {}, { flag: read(false) }],
      [
        'the flag is 0, though the pods cannot be read',
        denisState(10),
        { unread: ['forbidden'] },
        { flag: read(false) },
      ],
      ['the workers are at 0', denisState(10), { workers: workersState({ replicas: 0 }) }, {}],
      [
        'the workers are at 0 below the least of their autoscaler, which it never sets',
        denisState(10),
        { workers: workersState({ replicas: 0, autoscaler: hpa(1) }) },
        {},
      ],
      [
        'no pod is Ready and the Deployment is disabled',
        denisState(10, { pods: [], effective: { pct: 10, enabled: false } }),
        {},
        {},
      ],
      ['a disabled pod cannot tell its kill state', byHand([{ enabled: false }]), {}, { killed: new Map() }],
      [
        'a pod at 0 % does not tell whether it is enabled',
        byHand([{ pct: 0, enabled: undefined }]),
        {},
        { flag: unreadable('down') },
      ],
    ];
    for (const [when, denis, cluster, switches] of offs) {
      it(`is a known 0 when ${when}`, () => {
        assert.deepEqual(liveExposure(clusterState(denis, cluster), { ...switchesOn(denis), ...switches }), known(0));
      });
    }

    it('is 0 when every pod was told to stop, whatever the flag says', () => {
      const denis = byHand([{}, {}]);
      const switches = told(denis, { 'denis-0': read(true), 'denis-1': read(true) });
      assert.deepEqual(liveExposure(clusterState(denis), { ...switches, flag: unreadable('down') }), known(0));
    });

    it('is not 0 while an autoscaler that may go to 0 holds the workers there', () => {
      const denis = denisState(10);
      for (const autoscaler of [hpa(0), hpa(1, 'keda-hpa-workers')]) {
        const workers = workersState({ replicas: 0, autoscaler });
        assert.deepEqual(liveExposure(clusterState(denis, { workers }), switchesOn(denis)), known(10));
        assert.deepEqual(killsOf(clusterState(denis, { workers }), switchesOn(denis), false), []);
      }
    });

    const blind: readonly [
      string,
      DenisState | undefined,
      Partial<ClusterState>,
      Partial<Switches>,
      string[],
      number | undefined,
    ][] = [
      ['there is no Deployment', undefined, {}, {}, ['the Deployment of Denis does not exist'], undefined],
      [
        'the pods cannot be listed',
        denisState(10),
        { unread: ['pods are forbidden'] },
        {},
        ['pods are forbidden'],
        undefined,
      ],
      ['no pod is Ready', denisState(10, { pods: [] }), {}, {}, ['no pod of Denis is Ready'], undefined],
      [
        'a percentage cannot be read',
        byHand([{ pct: undefined }, { pct: 1 }]),
        {},
        {},
        ['pod denis-0: its percentage cannot be read from its environment'],
        1,
      ],
      [
        'whether a pod is enabled cannot be read',
        byHand([{ enabled: undefined }]),
        {},
        {},
        ['pod denis-0: its percentage cannot be read from its environment'],
        undefined,
      ],
      [
        'a kill state was not asked for',
        byHand([{}]),
        {},
        { killed: new Map() },
        ['pod denis-0: its kill state was not asked for'],
        10,
      ],
      [
        'a kill state cannot be read',
        byHand([{}]),
        {},
        { killed: new Map([['denis-0', unreadable('timed out')]]) },
        ['pod denis-0: its kill state cannot be read (timed out)'],
        10,
      ],
      [
        'the flag cannot be read',
        byHand([{}]),
        {},
        { flag: unreadable('refused') },
        ['the Redis flag cannot be read (refused)'],
        10,
      ],
    ];
    for (const [when, denis, cluster, switches, reasons, atMost] of blind) {
      it(`is unknown when ${when}, at most ${atMost ?? 'unknown too'}`, () => {
        assert.deepEqual(liveExposure(clusterState(denis, cluster), { ...switchesOn(denis), ...switches }), {
          ...unknown(...reasons),
          ...(atMost === undefined ? {} : { atMost }),
        });
      });
    }

    it('is unknown when one pod of several cannot be known, however low the others are', () => {
      const denis = byHand([{ pct: 1 }, { pct: undefined }]);
      assert.equal(liveExposure(clusterState(denis), switchesOn(denis)).kind, 'unknown');
    });

    it('is never less than what a pod that is surely on serves', () => {
      const reading = fc.constantFrom<Reading<boolean>>(read(true), read(false), unreadable('down'));
      const pod = fc.record({
        pct: fc.constantFrom(undefined, 0, 1, 10, 100),
        enabled: fc.constantFrom(undefined, true, false),
        killed: fc.option(reading, { nil: undefined }),
      });
      fc.assert(
        fc.property(fc.array(pod, { maxLength: 4 }), reading, (pods, flag) => {
          const denis = byHand(pods.map(({ pct, enabled }) => ({ pct, enabled })));
          const killed = new Map(
            pods.flatMap((one, index) => (one.killed === undefined ? [] : [[`denis-${index}`, one.killed] as const])),
          );
          const live = liveExposure(clusterState(denis), { flag, killed });
          const surely = pods.filter(
            (one) =>
              one.enabled === true &&
              one.killed?.kind === 'read' &&
              !one.killed.value &&
              flag.kind === 'read' &&
              flag.value,
          );
          const least = Math.max(0, ...surely.map(({ pct }) => pct ?? 0));
          if (live.kind === 'known') assert.ok(live.percent >= least);
          else assert.ok(live.reasons.length > 0);
        }),
        { numRuns: 2_000 },
      );
    });
  });

  it('takes the highest configured percentage, whatever the switches say', () => {
    assert.equal(configuredPercent(denisState(50)), 50);
    assert.equal(
      configuredPercent(byHand([{ pct: 25, enabled: false }], { effective: { pct: 10, enabled: false } })),
      25,
    );
    assert.equal(configuredPercent(denisState(0, { effective: { pct: undefined, enabled: undefined } })), 0);
  });

  describe('a kill', () => {
    const kills = (
      denis: DenisState | undefined,
      cluster: Partial<ClusterState> = {},
      switches: Partial<Switches> = {},
      declaredOff = false,
    ) => killsOf(clusterState(denis, cluster), { ...switchesOn(denis), ...switches }, declaredOff);
    const off = { pct: 10, enabled: false };

    it('is nobody when everything is on', () => assert.deepEqual(kills(denisState(10)), []));
    it('needs a Deployment', () => assert.deepEqual(kills(undefined, {}, { flag: read(false) }), []));

    it('is a latch on the Deployment, also at 0 %', () => {
      assert.deepEqual(kills(denisState(0, { latch: '{"by":"eva"}' })), [
        'the Deployment carries a latch ({"by":"eva"})',
      ]);
    });

    it('is ENABLED=false set by hand, also over a stack that declares off', () => {
      const explicit = denisState(10, {
        effective: off,
        wiring: { pct: { kind: 'wired' }, enabled: { kind: 'explicit', value: 'false' } },
      });
      assert.deepEqual(kills(explicit), ['ENABLED was set to false by hand']);
      assert.deepEqual(kills(explicit, {}, {}, true), ['ENABLED was set to false by hand']);
    });

    it('is an annotation turned off outside of a stack, but not by the stack itself', () => {
      const turnedOff = denisState(10, { effective: off });
      assert.deepEqual(kills(turnedOff), ['the Deployment was turned off outside of a stack']);
      assert.deepEqual(kills(turnedOff, {}, {}, true), []);
    });

    it('is a flag at 0, a pod told to stop, or workers at 0 under a live phase', () => {
      const denis = denisState(10);
      assert.deepEqual(kills(denis, {}, { flag: read(false) }), ['the Redis flag is 0']);
      assert.deepEqual(kills(denis, {}, told(denis, { 'denis-b': read(true) })), [
        'pod denis-b was told to stop through the API',
      ]);
      assert.deepEqual(kills(denis, { workers: workersState({ replicas: 0 }) }), ['the workers were scaled to 0']);
      assert.deepEqual(kills(denis, { workers: workersState({ replicas: 0, autoscaler: hpa(2) }) }), [
        'the workers were scaled to 0',
      ]);
    });

    it('is none of them while no phase is live', () => {
      const denis = denisState(0);
      assert.deepEqual(
        kills(
          denis,
          { workers: workersState({ replicas: 0 }) },
          { ...told(denis, { 'denis-b': read(true) }), flag: read(false) },
        ),
        [],
      );
    });

    it('is not what cannot be read', () => {
      const denis = denisState(10);
      const switches = told(denis, { 'denis-b': unreadable('timed out') });
      assert.deepEqual(kills(denis, { workers: undefined }, { ...switches, flag: unreadable('down') }), []);
    });
  });
});
