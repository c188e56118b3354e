import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Sandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { bind, sandboxRoles } from '../../act/support/world';
import { assertNoDeploymentWrite, mark, writesSince } from '../support/audit';
import { kubectl, ledger, rolledOut, setFlag, template, wiring, workers } from '../support/cluster';
import {
  denisNow,
  type KillRun,
  latchOf,
  liveAgain,
  type RunningKillCommand,
  runKill,
  startKill,
  underLoad,
} from '../support/kill';
import { pulumi, startUp } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { npmRun, settingsWith } from '../support/world';

const REASON = ['--reason', 'a test wants it off'];
const TOKEN = 'sandbox-kill-switch-token-8c1f';

describe('the command kill', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await sharedSandbox();
  });

  const kill = (...args: string[]): Promise<KillRun> => runKill(sandbox, [...REASON, ...args]);

  /** It is off in every pod and by Denis' own word, declared and latched, and no job comes any more. */
  async function assertOff({ code, output }: KillRun, expected = 0): Promise<void> {
    assert.equal(code, expected, output);
    assert.equal((await template(sandbox)).enabled, 'false', output);
    assert.notEqual(await latchOf(sandbox), undefined, output);
    await rolledOut(sandbox);
    await assertNoNewJobs();
  }

  async function assertNoNewJobs(): Promise<void> {
    const off = async (): Promise<true | undefined> =>
      (await denisNow(sandbox)).pods.every(({ live }) => live === 0) ? true : undefined;
    await waitFor(off, { what: 'every pod to serve nothing', deadlineMs: 5_000 });
    const before = await denisNow(sandbox);
    const later = async (): Promise<true | undefined> =>
      (await denisNow(sandbox)).now > before.now + 1_000 ? true : undefined;
    await waitFor(later, { what: 'a second to pass', deadlineMs: 5_000 });
    assert.equal((await denisNow(sandbox)).jobs.enqueued, before.jobs.enqueued);
  }

  describe('at 100 % under load', () => {
    let ordered: number;
    let killed: KillRun;
    before(async () => {
      await liveAgain(sandbox, 100);
      await underLoad(sandbox);
      ordered = Date.now();
      killed = await kill();
    });

    it('is confirmed within its budget by every way, latches, and looks whether it worked', async () => {
      await assertOff(killed);
      const { output } = killed;
      assert.match(
        output,
        /^Killing flag, api, environment: Deployment denis in namespace denis of context denis-sandbox/,
      );
      assert.match(output, /\d\.\d s {2}flag +confirmed: 0 in Redis, and all \d pods counted no new job since\n/);
      assert.match(output, /\d\.\d s {2}api +confirmed: all \d pods told, and each says so\n/);
      assert.match(output, /\d\.\d s {2}environment +confirmed: all 3 pods run with ENABLED=false\n/);
      assert.match(output, /OFF after \d\.\d s \((flag|api|environment)/);
      assert.match(output, /\nLATCHED: every move up is refused/);
      assert.match(
        output,
        /\d s {2}new jobs +(none was seen|the last one \d\.\d s after the order); 3 pods counted none/,
      );
      assert.match(output, /\d s {2}queue +empty\n/);
      assert.match(output, /\d s {2}chat +\/chat answers 200\n/);
      const { lastEnqueuedAt } = (await denisNow(sandbox)).jobs;
      assert.ok(lastEnqueuedAt! - ordered < 10_000, `${lastEnqueuedAt! - ordered} ms`);
    });

    it('ends the rollout in the ledger', async () => {
      const { permitted, rollout, baseline, latch } = await ledger(sandbox);
      assert.deepEqual([permitted, rollout, baseline], [0, undefined, undefined]);
      assert.equal(latch?.reason, 'a test wants it off');
      assert.deepEqual(latch, await latchOf(sandbox));
    });

    it('stays off when Redis forgets the flag', async () => {
      await setFlag(sandbox, undefined);
      await waitFor(async () => ((await denisNow(sandbox)).flagOn ? true : undefined), {
        what: 'Denis to read the flag again',
        deadlineMs: 5_000,
      });
      await assertNoNewJobs();
    });

    it('restarts nothing the second time, keeps the word of the first, and writes a ledger that was deleted', async () => {
      const [before, first] = [await template(sandbox), await latchOf(sandbox)];
      await kubectl(sandbox, ['delete', 'configmap/denis-canary']);
      await assertOff(await runKill(sandbox, ['--reason', 'once more', '--no-wait']));
      assert.deepEqual(await template(sandbox), before);
      assert.deepEqual(await latchOf(sandbox), first);
      assert.deepEqual((await ledger(sandbox)).latch, first);
    });
  });

  it('shows no secret: neither the token of the API nor the password of Redis', async () => {
    await liveAgain(sandbox, 100);
    await kubectl(sandbox, ['delete', 'secret/denis-kill-switch', '--ignore-not-found']);
    await kubectl(sandbox, ['create', 'secret', 'generic', 'denis-kill-switch', `--from-literal=token=${TOKEN}`]);
    try {
      const redis = sandbox.info.redis.replace('redis://', 'redis://:sandbox-redis-password@');
      const settings = settingsWith(sandbox, 'password', { redis });
      // Without the environment, whose new pods were told nothing.
      const args = [...REASON, '--method', 'flag,api', '--no-wait'];
      const run = await runKill(sandbox, args, { PULUMI_OPTION_CONFIG_FILE: settings });
      assert.equal(run.code, 0, run.output);
      assert.doesNotMatch(run.output, new RegExp(`${TOKEN}|sandbox-redis-password`));
      const told = (await denisNow(sandbox)).pods.filter(({ killed }) => killed);
      assert.ok(told.length > 0, 'pods are told with the token');
    } finally {
      await kubectl(sandbox, ['delete', 'secret/denis-kill-switch']);
    }
  });

  describe('by one way', () => {
    beforeEach(() => liveAgain(sandbox, 100));

    for (const way of ['flag', 'api'] as const) {
      it(`${way}: stops the jobs, latches, restarts nothing, and says that it does not last`, async () => {
        const before = await template(sandbox);
        const { code, output } = await kill('--method', way, '--no-wait');
        assert.equal(code, 0, output);
        await assertNoNewJobs();
        assert.deepEqual(await template(sandbox), before);
        assert.equal((await latchOf(sandbox))?.reason, 'a test wants it off');
        assert.match(output, /This lasts only as long as .*: npm run kill/);
      });
    }

    it('environment: restarts the pods, and touches neither flag nor pods otherwise', async () => {
      await assertOff(await kill('--method', 'environment', '--no-wait'));
      const { flagOn, pods } = await denisNow(sandbox);
      assert.deepEqual([flagOn, pods.some(({ killed }) => killed)], [true, false]);
    });

    it('environment: wins over a variable that was set by hand', async () => {
      await kubectl(sandbox, ['set', 'env', 'deployment/denis', 'DENIS_MATERIALIZERS_ENABLED=true']);
      await assertOff(await kill('--method', 'environment', '--no-wait'));
      assert.equal((await wiring(sandbox))['DENIS_MATERIALIZERS_ENABLED'], 'false');
    });

    it('environment: lets a paused rollout go on, and overtakes one whose pods are mixed', async () => {
      await kubectl(sandbox, ['rollout', 'restart', 'deployment/denis']);
      await kubectl(sandbox, ['rollout', 'pause', 'deployment/denis']);
      await assertOff(await kill('--method', 'environment', '--no-wait'));
    });

    it('emergency: no worker, whatever an autoscaler wants, the queue frozen, and their number remembered', async () => {
      await kubectl(sandbox, ['autoscale', 'deployment/denis-workers', '--min=2', '--max=5', '--cpu=80%']);
      await withKeda(async () => {
        const run = await kill('--emergency');
        await assertOff(run);
        assert.equal(await workers(sandbox), 0);
        assert.equal((await latchOf(sandbox))?.workers, 3);
        assert.match(
          run.output,
          /workers +confirmed: 0 replicas, and no worker is left; ScaledObject tools-mut is paused\n/,
        );
        assert.match(run.output, /queue +(frozen with \d+ jobs|empty)/);
        const paused = ['get', 'scaledobject', 'tools-mut', '-o', 'jsonpath={.metadata.annotations}'];
        assert.match((await kubectl(sandbox, paused)).stdout, /"autoscaling.keda.sh\/paused-replicas":"0"/);
      }).finally(() => kubectl(sandbox, ['delete', 'hpa/denis-workers']));
    });
  });

  it('needs no more rights than its Role', async () => {
    await liveAgain(sandbox, 100);
    await bind({ sandbox }, 'denis-kill', 'denis-canary-kill', sandboxRoles()['denis-canary-kill']);
    const kubeconfig = sandbox.kubeconfig('denis-kill');
    await assertOff(await runKill(sandbox, [...REASON, '--emergency', '--no-wait'], { KUBECONFIG: kubeconfig }));
    assert.equal((await ledger(sandbox)).permitted, 0);
    const stopped = async (): Promise<true | undefined> => ((await workers(sandbox)) === 0 ? true : undefined);
    await waitFor(stopped, { what: 'the workers to be at 0', deadlineMs: 5_000 });
  });

  /** The API of KEDA, without its operator, and a ScaledObject of the workers. */
  async function withKeda(use: () => Promise<void>): Promise<void> {
    const names = {
      kind: 'ScaledObject',
      listKind: 'ScaledObjectList',
      plural: 'scaledobjects',
      singular: 'scaledobject',
    };
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    const definition = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'scaledobjects.keda.sh' },
      spec: {
        ...{ group: 'keda.sh', scope: 'Namespaced', names },
        versions: [{ name: 'v1alpha1', served: true, storage: true, schema }],
      },
    };
    const scaled = {
      ...{ apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject', metadata: { name: 'tools-mut' } },
      spec: { scaleTargetRef: { name: 'denis-workers' } },
    };
    await kubectl(sandbox, ['apply', '--validate=false', '-f', '-'], JSON.stringify(definition));
    try {
      await kubectl(sandbox, ['wait', '--for=condition=Established', 'crd/scaledobjects.keda.sh', '--timeout=20s']);
      const created = async (): Promise<true | undefined> => {
        const result = await sandbox.kubectl(['-n', 'denis', 'create', '-f', '-'], { input: JSON.stringify(scaled) });
        return result.code === 0 ? true : undefined;
      };
      await waitFor(created, { what: 'the API of KEDA to be served', deadlineMs: 20_000 });
      await use();
    } finally {
      await kubectl(sandbox, ['delete', 'crd/scaledobjects.keda.sh']);
    }
  }

  it('completes what was told to one pod by hand', async () => {
    await liveAgain(sandbox, 100);
    await kubectl(sandbox, ['delete', 'secret/denis-kill-switch', '--ignore-not-found']);
    const [pod] = await rolledOut(sandbox);
    await fetch(`http://${pod!.ip}:8084/internal/kill-switch/materializers`, { method: 'POST' });
    await assertOff(await kill('--no-wait'));
  });

  it('of two at once, both are confirmed, and one has the word', async () => {
    await liveAgain(sandbox, 100);
    const reasons = ['the one', 'the other'];
    const runs = await Promise.all(reasons.map((reason) => runKill(sandbox, ['--reason', reason, '--no-wait'])));
    for (const run of runs) await assertOff(run);
    const latch = await latchOf(sandbox);
    assert.ok(reasons.includes(latch?.reason ?? ''), latch?.reason);
    assert.deepEqual((await ledger(sandbox)).latch, latch);
  });

  it('works without Prometheus, and with a stack that a crashed `pulumi up` left locked', async () => {
    await liveAgain(sandbox, 1);
    const since = await mark(sandbox);
    const up = startUp(sandbox, 'canary-1', { settings: settingsWith(sandbox, 'off', { enabled: false }) });
    const claimed = async (): Promise<true | undefined> =>
      (await writesSince(sandbox, since)).length > 0 ? true : undefined;
    await waitFor(claimed, { what: 'the up to begin', deadlineMs: 30_000 });
    const endLeftovers = up.crash();
    await sandbox.prometheus.stop();
    try {
      await up.ended;
      endLeftovers();
      await assertOff(await kill('--no-wait'));
    } finally {
      await sandbox.prometheus.start();
      await pulumi(sandbox, ['cancel', '--yes', '--stack', 'canary-1']);
    }
  });

  it('works without Redis: the flag fails alone', async () => {
    await liveAgain(sandbox, 100);
    await sandbox.redis.stop();
    try {
      const running = startKill(sandbox, REASON);
      await running.printed(/LATCHED/);
      // The queue is in Redis too, and nobody knows how long it is.
      running.interrupt();
      const run = await running.ended;
      assert.match(run.output, /flag +failed: Redis: .*ECONNREFUSED/);
      assert.match(run.output, /OFF after .*; without flag\n/);
      assert.match(run.output, /Interrupted: the kill stands as said above/);
      await assertOff(run);
    } finally {
      await sandbox.redis.start();
    }
  });

  it('works with broken settings, and says what it assumes before it acts', async () => {
    await liveAgain(sandbox, 100);
    const broken = path.join(sandbox.info.folder, 'broken.yaml');
    writeFileSync(broken, 'config:\n  canary:context: "open\n');
    const env = { PULUMI_OPTION_CONFIG_FILE: broken, XDG_STATE_HOME: sandbox.info.folder };
    const run = await runKill(sandbox, [...REASON, '--no-wait'], env);
    await assertOff(run);
    const uid = (await kubectl(sandbox, ['get', 'namespace', 'kube-system', '-o', 'jsonpath={.metadata.uid}'])).stdout;
    assert.match(run.output, /note: .*broken\.yaml is no YAML/);
    assert.match(run.output, /note: canary:redis is not there: redis:\/\/localhost:6379 is assumed/);
    assert.match(run.output, new RegExp(`of context denis-sandbox \\(cluster ${uid}\\), redis localhost:6379/0`));
  });

  it('writes nothing to another cluster than the one that is pinned; the flag goes all the same', async () => {
    await liveAgain(sandbox, 100);
    const settings = settingsWith(sandbox, 'pinned', { clusterUid: '00000000-0000-4000-8000-000000000000' });
    const since = await mark(sandbox);
    const run = await runKill(sandbox, [...REASON, '--emergency'], { PULUMI_OPTION_CONFIG_FILE: settings });
    assert.equal(run.code, 1, run.output);
    for (const way of ['api', 'environment', 'workers']) {
      assert.match(run.output, new RegExp(`${way} +failed: context denis-sandbox is another cluster`));
    }
    assert.match(run.output, /flag +failed: written, but no pod is known/);
    assert.match(run.output, /NOT CONFIRMED: the feature may still be on/);
    assert.match(run.output, /NOT LATCHED: context denis-sandbox is another cluster/);
    await assertNoDeploymentWrite(sandbox, since);
    assert.equal((await denisNow(sandbox)).flagOn, false);
  });

  for (const args of [[], ['--reason', 'x'], [...REASON, '--method', 'hope']]) {
    it(`refuses wrong usage, and does nothing: ${JSON.stringify(args)}`, async () => {
      const { code, output } = await runKill(sandbox, args);
      assert.equal(code, 2, output);
      assert.doesNotMatch(output, /Killing/);
    });
  }

  it('without the API server begins by flag and by the pods that it knew, and latches once that is back', async () => {
    await liveAgain(sandbox, 100);
    // Whoever judged last has read the pods.
    await npmRun(sandbox, 'verify', ['--stack', 'canary-100']);
    await sandbox.apiServer.stop();
    let running: RunningKillCommand;
    try {
      const given = startKill(sandbox, REASON);
      await given.printed(/OFF after \d/);
      given.interrupt();
      const { code, output } = await given.ended;
      assert.equal(code, 1, output);
      assert.match(output, /api +3 of 3 pods known from \d+ s ago told/);
      assert.match(output, /flag +confirmed: 0 in Redis, and 3 pods known from before counted no new job since/);
      assert.match(output, /OFF after \d+\.\d s \(flag .*\); without api, environment\n/);
      assert.match(output, /NOT LATCHED: interrupted: the cluster of context denis-sandbox cannot be read/);
      await assertNoNewJobs();

      running = startKill(sandbox, REASON);
      await running.printed(/latch +the cluster of context .*; trying again/);
    } finally {
      await sandbox.apiServer.start();
      // Its machinery comes back step by step; whoever tests next needs all of it.
      await waitFor(() => rolledOut(sandbox), { what: 'the cluster to work again', deadlineMs: 60_000 });
    }
    await assertOff(await running.ended);
  });
});
