import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { parse } from 'yaml';
import { runCommand } from '../../sandbox/command';
import { type Sandbox, startSandbox } from '../../sandbox/index';
import { waitFor } from '../../sandbox/waitFor';
import { applyYaml, jsonOf, podsOf, scrapedPods } from './support/world';

describe('sandbox', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;

  before(async () => {
    sandbox = await startSandbox();
  });
  after(() => sandbox?.stop());

  it('says where everything is', () => {
    const { info } = sandbox;
    assert.equal(info.context, 'denis-sandbox');
    for (const url of [info.denis, info.prometheus]) assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(info.redis, /^redis:\/\/127\.0\.0\.1:\d+$/);
    // Set only where the plugins are found in folders instead of on PATH.
    const always = Object.keys(info.env).filter((name) => name !== 'PULUMI_IGNORE_AMBIENT_PLUGINS');
    assert.deepEqual(always.sort(), [
      'KUBECACHEDIR',
      'KUBECONFIG',
      'PATH',
      'PULUMI_BACKEND_URL',
      'PULUMI_CONFIG_PASSPHRASE',
      'PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION',
      'PULUMI_HOME',
      'PULUMI_OPTION_CONFIG_FILE',
      'PULUMI_SKIP_UPDATE_CHECK',
      'TMPDIR',
    ]);
    assert.equal(info.env['KUBECONFIG'], info.kubeconfig);
    assert.equal(info.env['PULUMI_OPTION_CONFIG_FILE'], info.settings);
    assert.deepEqual(Object.keys(info.pids).sort(), [
      'denis',
      'etcd',
      'kube-apiserver',
      'kube-controller-manager',
      'kube-scheduler',
      'kwok',
      'owner',
      'prometheus',
      'redis-server',
      'watchdog',
    ]);
  });

  it('keeps its state from others', () => {
    const { folder } = sandbox.info;
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const secrets = readdirSync(folder).filter((name) =>
      /^(kubeconfig.*|tokens\.csv|prometheus\.token|denis\.json|settings\.yaml)$/.test(name),
    );
    assert.ok(secrets.length >= 14);
    for (const name of secrets) assert.equal(statSync(`${folder}/${name}`).mode & 0o777, 0o600, name);
  });

  it('listens on loopback addresses only', async () => {
    const listening = await runCommand('sh', ['-c', 'cat /proc/net/tcp /proc/net/tcp6'], {
      env: process.env,
      cwd: '/',
      timeoutMs: 5_000,
    });
    const ports = [sandbox.info.denis, sandbox.info.prometheus, sandbox.info.redis, sandbox.apiServer.url].map((url) =>
      Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0'),
    );
    for (const port of ports) {
      const addresses = [...listening.stdout.matchAll(new RegExp(`^ *\\d+: ([0-9A-F]+):${port} \\S+ 0A `, 'gm'))].map(
        (match) => match[1],
      );
      assert.deepEqual(addresses, ['0100007F'], `port ${parseInt(port, 16)}`);
    }
  });

  it('runs the pods of both Deployments, each of Denis on an address of its own', async () => {
    const pods = await podsOf(sandbox, 'denis');
    assert.equal(pods.length, 3);
    assert.equal(new Set(pods.map(({ ip }) => ip)).size, 3);
    for (const { ip } of pods) assert.match(ip, /^127\.(?!0\.0\.)\d+\.\d+\.\d+$/);
    assert.equal((await podsOf(sandbox, 'denis-workers')).length, 2);
  });

  it('has Deployments that were applied client-side, with other variables around the two of the plan', async () => {
    interface Deployment {
      metadata: { annotations: Record<string, string> };
      spec: { template: { spec: { containers: { env: { name: string }[] }[] } } };
    }
    const deployment = await jsonOf<Deployment>(sandbox, ['-n', 'denis', 'get', 'deployment', 'denis']);
    assert.ok(deployment.metadata.annotations['kubectl.kubernetes.io/last-applied-configuration']);
    assert.deepEqual(
      deployment.spec.template.spec.containers[0]!.env.map(({ name }) => name),
      [
        'LOG_LEVEL',
        'REDIS_URL',
        'DENIS_MATERIALIZERS_PCT',
        'DENIS_MATERIALIZERS_ENABLED',
        'NEO4J_URI',
        'NEO4J_PASSWORD',
      ],
    );
  });

  it('is scraped at every pod by Prometheus, which found them in Kubernetes', async () => {
    assert.deepEqual(await scrapedPods(sandbox), (await podsOf(sandbox, 'denis')).map(({ name }) => name).sort());
  });

  it('names the cluster and the servers in the settings of all stacks, and bears the mark of a sandbox', async () => {
    const { config } = parse(readFileSync(sandbox.info.settings, 'utf8')) as { config: Record<string, unknown> };
    const namespace = await jsonOf<{ metadata: { uid: string; labels: Record<string, string> } }>(sandbox, [
      'get',
      'namespace',
      'kube-system',
    ]);
    assert.equal(namespace.metadata.labels['canary.denis.run/sandbox'], 'true');
    assert.equal(config['canary:clusterUid'], namespace.metadata.uid);
    assert.equal(config['canary:prometheus'], sandbox.info.prometheus);
    assert.equal(config['canary:timeScale'], 3600);
  });

  it('has the five stacks ready for a plain `pulumi`', async () => {
    const pulumi = (...args: string[]) =>
      runCommand('pulumi', args, { cwd: `${sandbox.info.folder}/pulumi-project`, env: sandbox.env, timeoutMs: 20_000 });
    const stacks = JSON.parse((await pulumi('stack', 'ls', '--json')).stdout) as { name: string }[];
    assert.deepEqual(stacks.map(({ name }) => name).sort(), [
      'base',
      'canary-1',
      'canary-10',
      'canary-100',
      'canary-50',
    ]);
    const setting = await pulumi('config', 'get', 'canary:context', '--stack', 'canary-10');
    assert.equal(setting.stdout.trim(), 'denis-sandbox', setting.stderr);
  });

  it('holds users to their rights, and records what they tried', async () => {
    const refused = await sandbox.kubectl(['-n', 'denis', 'delete', 'deployment', 'denis'], { user: 'nobody' });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /forbidden/i);
    const entries = await sandbox.auditLog();
    const attempt = entries.find(({ user, verb }) => user.username === 'nobody' && verb === 'delete');
    assert.equal(attempt?.objectRef?.name, 'denis');
    assert.equal(attempt?.responseStatus?.code, 403);
  });

  it('records every write: who, what, with which program; its content too unless it is a patch', async () => {
    assert.equal(
      (await sandbox.kubectl(['-n', 'denis', 'create', 'configmap', 'note', '--from-literal=text=seen'])).code,
      0,
    );
    await applyYaml(
      sandbox,
      '/api/v1/namespaces/denis/configmaps/note?fieldManager=example',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: note}\ndata: {more: seen}\n',
    );
    const [create, patch, ...others] = (await sandbox.auditLog()).filter(({ objectRef }) => objectRef?.name === 'note');
    assert.deepEqual(others, []);
    assert.equal(create?.verb, 'create');
    assert.equal(create.user.username, 'admin');
    assert.match(create.userAgent ?? '', /^kubectl/);
    assert.deepEqual((create.requestObject as { data: unknown }).data, { text: 'seen' });
    assert.equal(patch?.verb, 'patch');
    assert.match(patch.requestURI, /fieldManager=example/);
  });

  it('rolls a change out to new pods, which Prometheus then scrapes instead of the old ones', async () => {
    const before = (await podsOf(sandbox, 'denis')).map(({ name }) => name);
    assert.equal((await sandbox.kubectl(['-n', 'denis', 'rollout', 'restart', 'deployment', 'denis'])).code, 0);
    const status = await sandbox.kubectl(['-n', 'denis', 'rollout', 'status', 'deployment', 'denis', '--timeout=30s']);
    assert.equal(status.code, 0, status.stderr);
    const followed = async () => {
      const names = await scrapedPods(sandbox);
      return names.length === 3 && names.every((name) => !before.includes(name)) ? true : undefined;
    };
    await waitFor(followed, { what: 'Prometheus to follow the rollout', deadlineMs: 15_000 });
  });

  it('takes Prometheus, Redis, the API server and Denis away and brings them back', async () => {
    await sandbox.prometheus.stop();
    await assert.rejects(fetch(sandbox.info.prometheus));
    await sandbox.prometheus.start();
    const series = `${sandbox.info.prometheus}/api/v1/query?query=${encodeURIComponent('count_over_time(up[10m])')}`;
    const { data } = (await (await fetch(series)).json()) as { data: { result: { metric: { pod: string } }[] } };
    assert.ok(data.result.length >= 3, 'it kept its data');

    await sandbox.apiServer.stop();
    assert.equal((await sandbox.kubectl(['get', 'namespaces'])).code, 1);
    await sandbox.apiServer.start();
    assert.equal((await sandbox.kubectl(['get', 'namespaces'])).code, 0);

    for (const server of [sandbox.redis, sandbox.denis]) {
      await server.stop();
      await server.start();
    }
    assert.equal(
      (await fetch(`${sandbox.info.denis}/chat`, { method: 'POST', body: '{"message":"hello","user_id":"u1"}' }))
        .status,
      200,
    );
  });
});
