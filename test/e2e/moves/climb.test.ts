import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { assertNoDeploymentWrite, assertNoWrite, mark, named, writesSince } from '../support/audit';
import {
  asDelivered,
  assertServes,
  deployment,
  kubectl,
  ledger,
  rolledOut,
  scraped,
  teamFreesTheVariables,
  template,
  WIRED,
  wiring,
  workers,
} from '../support/cluster';
import { type PulumiRun, pulumi, refusedUp, startUp, up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { adopt, settingsWith } from '../support/world';

/** The literal that the team wrote into Denis's manifest beside the two variables. */
const NEIGHBOUR = 'sandbox-neo4j-password-4f1d';

describe('climbing from an unadopted Deployment to canary-10', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  /** Everything that any command here has printed. */
  let printed = '';
  const keep = <T extends { output: string }>(run: T): T => {
    printed += run.output;
    return run;
  };

  before(async () => {
    sandbox = await sharedSandbox();
    await asDelivered(sandbox);
  });

  it('adopts only once the team has taken both variables out of its manifest', async () => {
    const since = await mark(sandbox);
    const refused = await adopt(sandbox, '--yes');
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stderr, /- - name: DENIS_MATERIALIZERS_PCT\n\s+- - name: DENIS_MATERIALIZERS_ENABLED/);
    await assertNoWrite(sandbox, since);

    await teamFreesTheVariables(sandbox);
    const done = await adopt(sandbox, '--yes');
    assert.equal(done.code, 0, done.stderr);
    assert.deepEqual(await wiring(sandbox), WIRED);
    assert.deepEqual(await template(sandbox), { pct: '0', enabled: 'false', move: '0' });
    assert.deepEqual(await ledger(sandbox), { version: 1, permitted: 0 });
    await rolledOut(sandbox);
  });

  it('adopts a second time without a write', async () => {
    const since = await mark(sandbox);
    const again = await adopt(sandbox, '--yes');
    assert.equal(again.code, 0, again.stderr);
    await assertNoWrite(sandbox, since);
  });

  it('makes what all phases share in stack base, without touching a Deployment', async () => {
    const since = await mark(sandbox);
    keep(await up(sandbox, 'base'));
    await assertNoDeploymentWrite(sandbox, since);
    const { stdout } = await kubectl(sandbox, ['get', 'secret,role', '-o', 'name']);
    for (const name of ['secret/denis-kill-switch', 'role.rbac.authorization.k8s.io/denis-canary-up']) {
      assert.ok(stdout.includes(`${name}\n`), stdout);
    }
  });

  it('shows the diff of canary-1 in a preview, writes nothing, and names every value', async () => {
    await scraped(sandbox);
    const since = await mark(sandbox);
    const preview = keep(await pulumi(sandbox, ['preview', '--stack', 'canary-1'], { pack: true }));
    assert.equal(preview.code, 0, preview.output);
    assert.match(preview.output, /0 % → canary-1 +ALLOWED/);
    assert.deepEqual(changes(preview), ['exposure 0 % → 1 %', 'enabled false → true', 'move 0 → 1']);
    await assertNoWrite(sandbox, since);
  });

  it('brings every pod to 1 %, the workers at least to their floor, and writes the ledger', async () => {
    const since = await mark(sandbox);
    keep(await up(sandbox, 'canary-1', { pack: true }));
    assert.deepEqual(await template(sandbox), { pct: '1', enabled: 'true', move: '1' });
    await assertServes(sandbox, 1, true);
    assert.ok((await workers(sandbox)) >= 2);
    const { permitted, rollout, lastMove, baseline } = await ledger(sandbox);
    assert.equal(permitted, 1);
    assert.equal(rollout?.workers, 2);
    assert.deepEqual(
      [lastMove?.number, lastMove?.stack, lastMove?.percent, lastMove?.enabled],
      [1, 'canary-1', 1, true],
    );
    assert.ok((baseline?.samples ?? 0) > 0);
    const writes = (await writesSince(sandbox, since)).map(named);
    const [claim, booked, floor, exposure, released] = writes;
    assert.match(claim ?? '', /^create leases\/denis-canary-move \S+ 201$/);
    assert.match(booked ?? '', /^update configmaps\/denis-canary \S+ 200$/);
    assert.equal(floor, 'patch deployments/denis-workers denis-rollout 200');
    assert.equal(exposure, 'patch deployments/denis denis-rollout 200');
    assert.match(released ?? '', /^update leases\/denis-canary-move \S+ 200$/);
    assert.equal(writes.length, 5, writes.join('\n'));
  });

  it('refuses canary-10 before the window of canary-1 is over, with the pack and without, before any write', async () => {
    // Four hours in four minutes: longer than these refusals take.
    const settings = settingsWith(sandbox, 'slow', { timeScale: 60 });
    const since = await mark(sandbox);
    for (const pack of [true, false]) {
      const [refused, preview] = await Promise.all([
        refusedUp(sandbox, 'canary-10', { pack, settings }),
        pulumi(sandbox, ['preview', '--stack', 'canary-10'], { pack, settings }),
      ]);
      for (const run of [refused, preview]) {
        assertTable(keep(run), /canary-1 → canary-10 +HOLD/);
        assert.match(run.output, /window \S+ of 4m/);
      }
      assert.deepEqual(changes(preview), ['exposure 1 % → 10 %', 'move 1 → 2', 'workers 2 → 3']);
    }
    await assertNoWrite(sandbox, since);
    assert.equal((await template(sandbox)).move, '1');
  });

  it('refuses a phase that is not the next one, with the pack and without, before any write', async () => {
    const since = await mark(sandbox);
    const [withPack, without] = await Promise.all([
      refusedUp(sandbox, 'canary-100', { pack: true }),
      refusedUp(sandbox, 'canary-50', { pack: false }),
    ]);
    assertTable(keep(withPack), /canary-100 skips a phase: after 1 % comes canary-10/);
    assertTable(keep(without), /canary-50 skips a phase: after 1 % comes canary-10/);
    await assertNoWrite(sandbox, since);
  });

  it('refuses within 10 s, with its table, while Prometheus is stopped or does not answer', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const prometheus = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const settings = settingsWith(sandbox, 'silent', { prometheus });
    await sandbox.prometheus.stop();
    try {
      const since = await mark(sandbox);
      for (const options of [{ pack: true }, { pack: false, settings }]) {
        const refused = keep(await refusedUp(sandbox, 'canary-10', options));
        assertTable(refused, /unreachable/);
        assert.ok(refused.ms < 10_000, `${refused.ms} ms`);
      }
      await assertNoWrite(sandbox, since);
    } finally {
      silent.close();
      silent.closeAllConnections();
      await sandbox.prometheus.start();
    }
  });

  it('changes nothing with a second `up`: no write at all, the same pods, every resource unchanged', async () => {
    const before = await rolledOut(sandbox);
    const { generation } = (await deployment(sandbox, 'denis')).metadata;
    const since = await mark(sandbox);
    const preview = keep(await pulumi(sandbox, ['preview', '--stack', 'canary-1', '--json']));
    const { changeSummary } = JSON.parse(preview.output.slice(preview.output.indexOf('{'))) as {
      changeSummary: Record<string, number>;
    };
    assert.deepEqual(changeSummary, { same: 6 });
    const second = keep(await up(sandbox, 'canary-1', { pack: true }, '--expect-no-changes'));
    assert.match(second.output, /Resources:\s+6 unchanged/);
    const writes = await writesSince(sandbox, since);
    assert.deepEqual(writes.map(named), []);
    assert.equal((await deployment(sandbox, 'denis')).metadata.generation, generation);
    assert.deepEqual(
      (await rolledOut(sandbox)).map(({ name }) => name),
      before.map(({ name }) => name),
    );
  });

  it('goes on to canary-10 as soon as the metrics of canary-1 allow it', async () => {
    const promoted = async (): Promise<true> => {
      const { code, output } = keep(await startUp(sandbox, 'canary-10', { pack: true }).ended);
      assert.equal(code, 0, output);
      return true;
    };
    await waitFor(promoted, { what: 'canary-10 to be permitted', deadlineMs: 45_000, intervalMs: 2_000 });
    await assertServes(sandbox, 10, true);
    assert.equal((await template(sandbox)).move, '2');
    assert.equal(await workers(sandbox), 3);
    assert.equal((await ledger(sandbox)).permitted, 10);
  });

  it('comes back to canary-1 with a plain `pulumi up` though that stack has not changed, and leaves the workers', async () => {
    const since = await mark(sandbox);
    keep(await up(sandbox, 'canary-1', { pack: true }));
    await assertServes(sandbox, 1, true);
    assert.equal((await template(sandbox)).move, '3');
    assert.equal(await workers(sandbox), 3);
    assert.equal((await ledger(sandbox)).permitted, 1);
    const written = (await writesSince(sandbox, since)).map(named);
    assert.ok(written.includes('patch deployments/denis denis-rollout 200'), written.join('\n'));
  });

  it('previews a phase that this stack has applied before with exactly the values that change', async () => {
    const since = await mark(sandbox);
    const preview = keep(await pulumi(sandbox, ['preview', '--diff', '--stack', 'canary-10']));
    assert.deepEqual(changes(preview), ['exposure 1 % → 10 %', 'move 3 → 4']);
    assert.deepEqual(plannedChanges(preview), [
      // Steers the provider and never reaches the cluster; once for the workers, once for the exposure.
      '+ pulumi.com/timeoutSeconds: "90"',
      '+ pulumi.com/timeoutSeconds: "90"',
      '~ canary.denis.run/move: [secret] => "4"',
      '~ canary.denis.run/pct : [secret] => "10"',
      '~ move    : 2 => 4',
    ]);
    await assertNoWrite(sandbox, since);
  });

  it('lets no other value of the Deployment into output, state or history', async () => {
    assert.ok(printed.length > 1_000);
    assert.ok(!printed.includes(NEIGHBOUR), 'output');
    for (const stack of ['canary-1', 'canary-10']) {
      const { output } = await pulumi(sandbox, ['stack', 'export', '--stack', stack]);
      assert.match(output, /DeploymentPatch/);
      assert.ok(!output.includes(NEIGHBOUR), stack);
    }
    const state = path.join(sandbox.info.folder, 'pulumi-state');
    const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    assert.ok(
      files.some(({ parentPath }) => parentPath.includes('history')),
      'there is a history',
    );
    for (const { parentPath, name } of files) {
      const text = readFileSync(path.join(parentPath, name), 'latin1');
      assert.ok(!text.includes(NEIGHBOUR), `${parentPath}/${name}`);
    }
    const live = await kubectl(sandbox, ['get', 'deployment/denis', '-o', 'json']);
    assert.ok(live.stdout.includes(NEIGHBOUR), 'the value is there to be leaked');
  });

  it('leaves the live phase alone when stacks are destroyed', async () => {
    const before = [await template(sandbox), await workers(sandbox)];
    const since = await mark(sandbox);
    const runs = await Promise.all(
      ['canary-1', 'canary-10', 'base'].map((stack) =>
        pulumi(sandbox, ['destroy', '--yes', '--skip-preview', '--stack', stack]),
      ),
    );
    for (const { code, output } of runs) {
      assert.equal(code, 0, output);
      assert.match(output, /- +(denis:canary|kubernetes:)\S+ .*deleted/);
    }
    await assertNoDeploymentWrite(sandbox, since);
    assert.deepEqual([await template(sandbox), await workers(sandbox)], before);
    await assertServes(sandbox, 1, true);
  });
});

/** The lines that name what a move changes. */
function changes({ output }: PulumiRun): string[] {
  return [...new Set([...output.matchAll(/^ *change: (.+)$/gm)].map(([, change]) => change!))];
}

/** Every value that `preview --diff` says the update would change, after what its refresh found. */
function plannedChanges({ output }: PulumiRun): string[] {
  const planned = output.slice(output.indexOf('(update)'), output.indexOf('Resources:'));
  return [...planned.matchAll(/^ *((?:[+-] |~ .* => ).*)$/gm)].map(([, line]) => line!).sort();
}

function assertTable(run: PulumiRun, verdict: RegExp): void {
  assert.match(run.output, verdict);
  assert.match(run.output, /check +value +recent +limit +kind +n +age +result/);
  assert.match(run.output, /success rate .* > 95 % +hard/);
}
