import { type Sandbox, startSandbox } from '../../sandbox/index';
import { actionTests } from './actions';
import { adoptionTests } from './adoption';
import { claimTests } from './claim';
import { eventTests } from './events';
import { heartbeatTests } from './heartbeat';
import { ledgerTests } from './ledger';
import { moveTests } from './moves';
import { ownershipTests } from './ownership';
import { resumeTests } from './resume';
import { rewireTests } from './rewire';
import { type World, worldOf } from './support/world';

/** All of `act/` against one real API server; in this order, for an adoption comes before the moves. */
describe('on a real API server', function () {
  this.timeout(60_000);
  let sandbox: Sandbox | undefined;
  let world: World;
  before(async () => {
    sandbox = await startSandbox();
    world = worldOf(sandbox);
  });
  after(() => sandbox?.stop());

  claimTests(() => world);
  heartbeatTests(() => world);
  ledgerTests(() => world);
  adoptionTests(() => world);
  ownershipTests(() => world);
  rewireTests(() => world);
  moveTests(() => world);
  resumeTests(() => world);
  eventTests(() => world);
  actionTests(() => world);
});
