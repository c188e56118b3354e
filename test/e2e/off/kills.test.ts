import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';
import { assertNoWrite, mark } from '../support/audit';
import {
  assertServes,
  kubectl,
  ledger,
  makeLive,
  rolledOut,
  setFlag,
  template,
  WIRED,
  wiring,
  workers,
} from '../support/cluster';
import { refusedUp, up } from '../support/pulumi';
import { killed, latchOf, patchAsKill, tell } from '../support/rawKill';
import { sharedSandbox } from '../support/sharedSandbox';
import { settingsWith } from '../support/world';

const ENABLED = 'DENIS_MATERIALIZERS_ENABLED';

describe('a kill by hand', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let off: string;

  before(async () => {
    sandbox = await sharedSandbox();
    off = settingsWith(sandbox, 'off', { enabled: false });
  });
  beforeEach(() => makeLive(sandbox, 1));

  /** No stack raises anything, with the pack or without; nothing was written. */
  async function assertRefused(stacks: readonly string[], reason: RegExp): Promise<void> {
    const since = await mark(sandbox);
    const runs = await Promise.all(stacks.map((stack, i) => refusedUp(sandbox, stack, { pack: i === 0 })));
    for (const { output } of runs) assert.match(output, reason);
    await assertNoWrite(sandbox, since);
  }

  it('by the environment refuses every up and lets off pass, which repairs the wiring', async () => {
    await kubectl(sandbox, ['set', 'env', 'deployment/denis', `${ENABLED}=false`]);
    await kubectl(sandbox, ['rollout', 'status', 'deployment/denis', '--timeout=20s']);
    await assertRefused(['canary-10', 'canary-1'], /(REFUSED|refused:).*ENABLED was set to false by hand/);
    assert.equal((await wiring(sandbox))[ENABLED], 'false');
    await up(sandbox, 'canary-1', { settings: off });
    assert.deepEqual(await wiring(sandbox), WIRED);
    await assertServes(sandbox, 1, false);
    await assertLatched(/ENABLED was set to false by hand/);
    await assertRefused(['canary-1'], /latched by/);
  });

  it('by the Redis flag refuses every up and lets off pass', async () => {
    await setFlag(sandbox, '0');
    await assertRefused(['canary-10', 'canary-1'], /(REFUSED|refused:).*the Redis flag is 0/);
    await up(sandbox, 'canary-1', { settings: off });
    await assertServes(sandbox, 1, false);
    await assertLatched(/the Redis flag is 0/);
  });

  it('by the API on one pod refuses the next phase, and an `up` of the same phase turns every pod off', async () => {
    const [pod] = await rolledOut(sandbox);
    await tell(sandbox, pod!.ip);
    await assertRefused(['canary-10'], new RegExp(`(REFUSED|refused:).*pod ${pod!.name} was told to stop`));
    await up(sandbox, 'canary-1');
    assert.equal((await template(sandbox)).enabled, 'false');
    await assertServes(sandbox, 1, false);
    await assertLatched(/was told to stop through the API/);
  });

  it('by scaling the workers to 0 refuses every up and lets off pass, which leaves them at 0', async () => {
    await kubectl(sandbox, ['scale', 'deployment/denis-workers', '--replicas=0']);
    await assertRefused(['canary-10', 'canary-1'], /(REFUSED|refused:).*the workers were scaled to 0/);
    await up(sandbox, 'canary-1', { settings: off });
    await assertServes(sandbox, 1, false);
    assert.equal(await workers(sandbox), 0);
    await assertLatched(/the workers were scaled to 0/);
  });

  it('by the emergency kill lets off pass, which keeps its latch and starts no worker', async () => {
    const latch = latchOf('eva@host', { workers: 3 });
    await killed(sandbox, latch);
    await patchAsKill(sandbox, 'denis-workers', { spec: { replicas: 0 } });
    await up(sandbox, 'canary-1', { settings: off });
    await assertServes(sandbox, 1, false);
    assert.equal(await workers(sandbox), 0);
    assert.deepEqual((await ledger(sandbox)).latch, latch);
    await kubectl(sandbox, ['delete', 'configmap/denis-canary']);
    await up(sandbox, 'canary-1', { settings: off });
    assert.deepEqual((await ledger(sandbox)).latch, latch, 'a lost copy is written again');
    await assertRefused(['canary-1'], /(REFUSED|refused:).*latched by eva@host/);
  });

  /** Whoever killed by hand, the first move after it writes the kill down: nothing raises the feature by itself again. */
  async function assertLatched(reason: RegExp): Promise<void> {
    const { permitted, latch } = await ledger(sandbox);
    assert.equal(permitted, 0);
    assert.match(latch?.reason ?? '', reason);
  }
});
