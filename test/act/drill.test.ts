import assert from 'node:assert/strict';
import type { DrillContext } from '../../act/drill/context';
import { drillInSandbox } from '../../act/drill/inSandbox';
import { drillOnCluster } from '../../act/drill/onCluster';
import { LADDER } from '../../phases/ladder';
import { UserError } from '../../phases/userError';
import { type ClusterState, type DenisState, read } from '../../rollout/cluster';
import type { Switches } from '../../rollout/exposure';
import { type LedgerReading, readLedger } from '../../rollout/ledger';
import { type Standing, standingOf, targetOf } from '../../rollout/move';
import { clusterState, denisState, ledgerAt, switchesOn } from '../support/clusterState';
import { validSettings } from '../support/validSettings';

const settings = validSettings();
const unexpected = () => assert.fail('the world was touched');
/** Nothing of the world may be touched by what is refused. */
const context: DrillContext = {
  kubectl: unexpected,
  access: unexpected,
  clock: unexpected,
  say: unexpected,
  cluster: settings,
  settings,
  stack: 'canary-1',
  checkout: '/nonexistent',
  env: {},
  signal: new AbortController().signal,
};

interface Given {
  readonly live?: number;
  readonly denis?: Partial<DenisState>;
  readonly cluster?: Partial<ClusterState>;
  readonly switches?: Partial<Switches>;
  readonly ledger?: LedgerReading;
}

function standing({ live = 1, denis: own, cluster, switches, ledger = ledgerAt(live) }: Given): Standing {
  const denis = denisState(live, own);
  const state = clusterState(denis, cluster);
  return standingOf(targetOf(LADDER[0]!, true), state, { ...switchesOn(denis), ...switches }, ledger);
}

async function refusal(drill: Promise<unknown>): Promise<string> {
  const thrown: unknown = await drill.then(
    () => assert.fail('it was not refused'),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof UserError, String(thrown));
  assert.equal(thrown.code, 'drill');
  return thrown.message;
}

describe('a drill', () => {
  const inSandbox = (given: Given) => drillInSandbox(context, standing(given), { methods: ['flag'], runs: 1 });
  const onCluster = (given: Given) => drillOnCluster(context, standing(given), 'default');

  it('makes nothing live on a cluster without the mark of a sandbox', async () => {
    assert.equal(
      await refusal(inSandbox({ live: 0 })),
      'the cluster of context production is no sandbox: a drill turns the feature on by itself in a sandbox only',
    );
  });

  for (const [what, given, says] of [
    ['nothing', { live: 0 }, /canary-1, at 1 %, and nothing larger: 0 % is live$/],
    ['canary-10', { live: 10 }, /: 10 % is live$/],
    ['100 %', { live: 100 }, /: 100 % is live$/],
    [
      'an unknown exposure',
      { denis: { pods: [] } },
      /^on a real cluster a drill kills canary-1, at 1 %, and nothing larger: no pod of Denis is Ready$/,
    ],
  ] satisfies [string, Given, RegExp][]) {
    it(`kills no real cluster while ${what} is live`, async () => {
      assert.match(await refusal(onCluster(given)), says);
    });
  }

  const sandbox = { sandbox: true };
  for (const [what, given, says] of [
    [
      'a latch',
      { denis: { latch: 'ana, 10:00' } },
      /^something is off already: the Deployment carries a latch \(ana, 10:00\); npm run resume comes first$/,
    ],
    ['a flag at 0', { switches: { flag: read(false) } }, /^something is off already: the Redis flag is 0; /],
    [
      'a latch of the ledger',
      { ledger: ledgerAt(0, { latch: { by: 'eva', at: 'then', reason: 'errors' } }) },
      /^something is off already: latched by eva at then: errors; /,
    ],
    [
      'no adoption',
      { live: 0, denis: { template: { pct: undefined, enabled: undefined, move: undefined } } },
      /^the Deployment of Denis is not adopted; npm run adopt comes first$/,
    ],
    ['no ledger', { live: 0, ledger: readLedger(undefined) }, /is not adopted/],
    ['no workers', { live: 0, cluster: { workers: undefined } }, /is not adopted/],
  ] satisfies [string, Given, RegExp][]) {
    it(`begins neither here nor there with ${what}`, async () => {
      assert.match(await refusal(inSandbox({ ...given, cluster: { ...sandbox, ...given.cluster } })), says);
      assert.match(await refusal(onCluster(given)), says);
    });
  }
});
