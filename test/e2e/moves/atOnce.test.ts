import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import path from 'node:path';
import type { AuditEntry, Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { mark, named, writesSince } from '../support/audit';
import { assertServes, kubectl, ledger, makeLive, template } from '../support/cluster';
import {
  type PulumiOptions,
  type PulumiRun,
  pulumi,
  type RunningPulumi,
  refusedUp,
  startUp,
  up,
} from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { settingsWith } from '../support/world';

const NODES = ['node-1', 'node-2', 'node-3'];

/** The holder that a write to the claim's Lease set; undefined for any other write. */
function holderOf({ objectRef, requestObject }: AuditEntry): string | undefined {
  if (objectRef?.resource !== 'leases') return undefined;
  return (requestObject as { spec: { holderIdentity: string } }).spec.holderIdentity;
}

describe('several writers at once', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  let off: string;
  /** Time runs so slowly that no sample is stale before an `up` on a busy machine has read it. */
  let raising: PulumiOptions;

  before(async () => {
    sandbox = await sharedSandbox();
    off = settingsWith(sandbox, 'off', { enabled: false });
    raising = { settings: settingsWith(sandbox, 'raising', { timeScale: 4 }) };
  });
  afterEach(() => sandbox.kubectl(['uncordon', ...NODES]));

  /** The feature is off, one worker runs, and no node takes a pod: an `up` of canary-1 waits for the second worker, its claim in hand. */
  async function raiseHeldBeforeExposure(): Promise<{ raise: RunningPulumi; since: number }> {
    await makeLive(sandbox, 0, { enabled: false, workers: 1 });
    await sandbox.kubectl(['cordon', ...NODES]);
    const since = await mark(sandbox);
    const raise = startUp(sandbox, 'canary-1', raising);
    await written(since, raise, 'patch deployments/denis-workers denis-rollout 200');
    return { raise, since };
  }

  /** Waits for a write; an `up` that ends before it fails the test. */
  async function written(since: number, running: RunningPulumi, what: string): Promise<void> {
    let ended: string | undefined;
    void running.ended.then(({ output }) => {
      ended = output;
    });
    const probe = async (): Promise<true | undefined> => {
      assert.equal(ended, undefined);
      return (await writesSince(sandbox, since)).map(named).includes(what) ? true : undefined;
    };
    await waitFor(probe, { what, deadlineMs: 30_000 });
  }

  const release = () => sandbox.kubectl(['uncordon', ...NODES]);

  const exposureWrites = async (since: number): Promise<string[]> =>
    (await writesSince(sandbox, since))
      .filter(({ objectRef }) => objectRef?.resource === 'deployments' && objectRef.name === 'denis')
      .map(named);

  it('a lowering that comes before the exposure of a raise stands: the raise writes none and fails', async () => {
    const { raise, since } = await raiseHeldBeforeExposure();
    await up(sandbox, 'canary-10', { settings: off });
    const lowered = await template(sandbox);
    await release();
    const { code, output } = await raise.ended;
    assert.notEqual(code, 0, output);
    assert.match(output, /took the move over and asks for 0 %; nothing was raised/);
    assert.deepEqual(await exposureWrites(since), ['patch deployments/denis denis-rollout 200']);
    assert.deepEqual(await template(sandbox), lowered);
    await assertServes(sandbox, 10, false);
  });

  it('a lowering that comes while the pods of a raise roll out stands: the raise gives way and fails', async () => {
    await makeLive(sandbox, 0, { enabled: false });
    await sandbox.kubectl(['cordon', ...NODES]);
    const since = await mark(sandbox);
    const raise = startUp(sandbox, 'canary-1', raising);
    await written(since, raise, 'patch deployments/denis denis-rollout 200');
    await up(sandbox, 'canary-10', { settings: off });
    const lowered = await template(sandbox);
    await release();
    const { code, output } = await raise.ended;
    assert.notEqual(code, 0, output);
    assert.match(output, /asked for 0 % meanwhile/);
    assert.deepEqual(await template(sandbox), lowered);
    await assertServes(sandbox, 10, false);
  });

  for (const order of ['raise', 'lowering'] as const) {
    it(`a lowering stands however a raise runs beside it, the ${order} started first`, async () => {
      for (let run = 1; run <= 2; run++) {
        await makeLive(sandbox, 0, { enabled: false });
        const since = await mark(sandbox);
        const starts = {
          raise: () => startUp(sandbox, 'canary-1', raising).ended,
          lowering: () => startUp(sandbox, 'canary-10', { settings: off }).ended,
        };
        const first = starts[order]();
        const second = starts[order === 'raise' ? 'lowering' : 'raise']();
        const [raise, lowering] =
          order === 'raise' ? await Promise.all([first, second]) : await Promise.all([second, first]);
        assert.equal(lowering.code, 0, lowering.output);
        const { enabled } = await template(sandbox);
        // A raise may follow a lowering that had ended before it began; nothing else may be on.
        if (enabled === 'true') await assertRaiseFollowed(since, raise);
        else {
          assert.notEqual(raise.code, 0, raise.output);
          const { permitted, lastMove } = await ledger(sandbox);
          assert.deepEqual([permitted, lastMove?.enabled], [0, false], lowering.output);
        }
      }
    });
  }

  it('a second raise, from another backend, is refused while the first holds the claim', async () => {
    const { raise, since } = await raiseHeldBeforeExposure();
    const state = path.join(sandbox.info.folder, 'pulumi-state');
    const copy = `${state}-2`;
    cpSync(state, copy, { recursive: true, filter: (source) => !source.includes(`${path.sep}locks`) });
    const second = await refusedUp(sandbox, 'canary-1', { ...raising, backend: `file://${copy}` });
    assert.match(second.output, /another move is under way: .* holds Lease denis-canary-move until/);
    assert.deepEqual(await exposureWrites(since), []);
    await release();
    const first = await raise.ended;
    assert.equal(first.code, 0, first.output);
    await assertServes(sandbox, 1, true);
  });

  it('a kill in the middle of an up stands: the up fails within 15 s, a retry is refused, off passes', async () => {
    const { raise, since } = await raiseHeldBeforeExposure();
    const kill = {
      spec: { template: { metadata: { annotations: annotations({ pct: '1', enabled: 'false', move: '900' }) } } },
    };
    await kubectl(sandbox, [
      'patch',
      'deployment/denis',
      '--field-manager=denis-kill',
      '--patch',
      JSON.stringify(kill),
    ]);
    const released = performance.now();
    await release();
    const { code, output } = await raise.ended;
    assert.ok(performance.now() - released < 15_000, `${performance.now() - released} ms`);
    assert.notEqual(code, 0, output);
    assert.match(output, /conflict with "denis-kill"/);
    assert.deepEqual(await exposureWrites(since), [
      'patch deployments/denis denis-kill 200',
      'patch deployments/denis denis-rollout 409',
    ]);
    const killed = { pct: '1', enabled: 'false', move: '900' };
    assert.deepEqual(await template(sandbox), killed);

    const retry = await refusedUp(sandbox, 'canary-1', raising);
    assert.match(retry.output, /(REFUSED|refused:).*the Deployment was turned off outside of a stack/);
    assert.deepEqual(await template(sandbox), killed);

    await up(sandbox, 'canary-1', { settings: off });
    await assertServes(sandbox, 1, false);
  });

  it('an up that was killed writes nothing more; another stack lowers meanwhile; `pulumi cancel` frees its own', async () => {
    const { raise, since } = await raiseHeldBeforeExposure();
    const endLeftovers = raise.crash();
    try {
      await raise.ended;
      const locked = await refusedUp(sandbox, 'canary-1', raising);
      assert.match(locked.output, /locked/);
      assert.match(locked.output, /pulumi cancel/);

      await up(sandbox, 'canary-10', { settings: off });
      const lowered = await template(sandbox);
      assert.equal(lowered.enabled, 'false');
      await release();
      const cancelled = await pulumi(sandbox, ['cancel', '--yes', '--stack', 'canary-1']);
      assert.equal(cancelled.code, 0, cancelled.output);
      assert.deepEqual(await exposureWrites(since), ['patch deployments/denis denis-rollout 200']);
      assert.deepEqual(await template(sandbox), lowered);
      await up(sandbox, 'canary-1', raising);
      await assertServes(sandbox, 1, true);
    } finally {
      endLeftovers();
    }
  });

  /** The raise succeeded, and its first write comes after the last one of the lowering. */
  async function assertRaiseFollowed(since: number, raise: PulumiRun): Promise<void> {
    const writes = (await writesSince(sandbox, since)).map((entry) => ({
      text: named(entry),
      holder: holderOf(entry),
    }));
    assert.equal(raise.code, 0, raise.output);
    const claims = writes.flatMap(({ holder }) => holder ?? []);
    const listing = writes.map(({ text, holder }) => `${text} ${holder ?? ''}`).join('\n');
    // Claimed and released by one, then claimed and released by the other.
    assert.equal(claims.length, 4, listing);
    assert.deepEqual([claims[1], claims[3]], ['', ''], listing);
  }

  const annotations = (values: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(values).map(([key, value]) => [`canary.denis.run/${key}`, value]));
});
