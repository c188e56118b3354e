import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { type CommandResult, runCommand } from '../../sandbox/command';
import { type Person, type Sandbox, startSandbox } from '../../sandbox/index';

const SCRIPT = path.join(__dirname, '..', '..', 'scripts', 'adopt.js');
const VARIABLES = ['DENIS_MATERIALIZERS_PCT', 'DENIS_MATERIALIZERS_ENABLED'];

describe('npm run adopt', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  before(async () => {
    sandbox = await startSandbox();
  });
  after(() => sandbox?.stop());

  /** Runs the command as a process, without a terminal. */
  function adopt(
    args: readonly string[],
    { user = 'admin', env = {} }: { user?: Person; env?: NodeJS.ProcessEnv } = {},
  ): Promise<CommandResult> {
    return runCommand(process.execPath, [SCRIPT, ...args], {
      cwd: sandbox.info.folder,
      env: { ...sandbox.env, KUBECONFIG: sandbox.kubeconfig(user), ...env },
      timeoutMs: 30_000,
    });
  }

  /** A settings file in which these settings are other ones. */
  function settings(change: Record<string, unknown>): NodeJS.ProcessEnv {
    const { config } = parse(readFileSync(sandbox.info.settings, 'utf8')) as { config: Record<string, unknown> };
    const file = path.join(sandbox.info.folder, 'changed-settings.yaml');
    writeFileSync(file, stringify({ config: { ...config, ...change } }));
    return { PULUMI_OPTION_CONFIG_FILE: file };
  }

  const writes = async (): Promise<number> =>
    (await sandbox.auditLog()).filter(
      ({ verb, userAgent, objectRef, stage }) =>
        !['get', 'list', 'watch'].includes(verb) &&
        userAgent?.startsWith('kubectl') &&
        stage === 'ResponseComplete' &&
        objectRef?.namespace === 'denis',
    ).length;

  /** The one sentence of a run that failed and wrote nothing. */
  async function refusal(run: () => Promise<CommandResult>, code = 1): Promise<string> {
    const before = await writes();
    const result = await run();
    assert.equal(result.code, code, result.stderr);
    assert.doesNotMatch(result.stderr, /^ +at /m, 'no stack');
    assert.equal(await writes(), before, 'nothing was written');
    return result.stderr.trimEnd();
  }

  const denis = async () => {
    const result = await sandbox.kubectl(['-n', 'denis', 'get', 'deployment', 'denis', '-o', 'json']);
    return JSON.parse(result.stdout) as {
      metadata: { generation: number };
      spec: {
        template: { metadata: { annotations?: Record<string, string> }; spec: { containers: { env: object[] }[] } };
      };
    };
  };

  describe('with input that cannot be right', () => {
    it('says that the kubeconfig is missing', async () => {
      const message = await refusal(() => adopt(['--yes'], { env: { KUBECONFIG: '/nonexistent/kubeconfig' } }));
      assert.match(message, /^the kubeconfig has no context denis-sandbox; set KUBECONFIG to the file that has it/);
    });

    it('says that the kubeconfig has no such context', async () => {
      const message = await refusal(() => adopt(['--yes'], { env: settings({ 'canary:context': 'production' }) }));
      assert.equal(
        message,
        'the kubeconfig has no context production; set KUBECONFIG to the file that has it, or correct canary:context (kubectl config get-contexts)',
      );
    });

    it('says that it is another cluster', async () => {
      const message = await refusal(() => adopt(['--yes'], { env: settings({ 'canary:clusterUid': 'another' }) }), 2);
      assert.match(
        message,
        /^context denis-sandbox is another cluster than the settings name: .* is another; choose the/,
      );
    });

    it('says which right is missing', async () => {
      const message = await refusal(() => adopt(['--yes'], { user: 'nobody' }));
      assert.match(
        message,
        /^reading namespace kube-system is forbidden, .*User "nobody" .*; bind the ClusterRole denis-/,
      );
    });

    it('says that a Deployment is missing', async () => {
      const message = await refusal(() => adopt(['--yes'], { env: settings({ 'canary:deployment': 'denys' }) }));
      assert.equal(
        message,
        'namespace denis has no Deployment denys; check canary:namespace and the names in the settings',
      );
    });

    it('says that the container is missing, and which there are', async () => {
      const message = await refusal(() => adopt(['--yes'], { env: settings({ 'canary:container': 'web' }) }));
      assert.equal(message, 'Deployment denis has no container web; it has denis: set canary:container');
    });

    it('says which settings are missing, with exit code 2', async () => {
      const env = settings({ 'canary:clusterUid': undefined, 'canary:port': 'eighty' });
      const message = await refusal(() => adopt(['--yes'], { env }), 2);
      assert.match(message, /^canary:clusterUid: .*; found nothing; set it with: pulumi config set canary:clusterUid/m);
      assert.match(message, /^canary:port: .*; found "eighty"$/m);
    });

    it('says that the settings file is missing, with exit code 2', async () => {
      const env = { PULUMI_OPTION_CONFIG_FILE: undefined };
      const message = await refusal(() => adopt(['--stack', 'canary-7', '--yes'], { env }), 2);
      assert.match(message, /^Pulumi\.canary-7\.yaml cannot be read; .* canary-1, canary-10, canary-50, canary-100$/);
    });

    it('refuses an option that it does not know, with exit code 2', async () => {
      assert.match(await refusal(() => adopt(['--force']), 2), /unknown option '--force'/);
    });

    it('says that the API server is gone', async () => {
      await sandbox.apiServer.stop();
      try {
        const { code, stderr } = await adopt(['--yes']);
        assert.equal(code, 1);
        assert.match(stderr, /^the cluster of context denis-sandbox cannot be read: .*refused.*; check KUBECONFIG,/);
      } finally {
        await sandbox.apiServer.start();
      }
    });
  });

  it('refuses while the manifest contradicts it, with the change for the repository', async () => {
    const message = await refusal(() => adopt(['--yes']));
    assert.equal(
      message,
      [
        'the manifest last applied to Deployment denis gives DENIS_MATERIALIZERS_PCT and DENIS_MATERIALIZERS_ENABLED a value; applying it again would fail, or undo the adoption.',
        "Take these entries out of container denis's env in your repository, apply it, and adopt again; nothing was changed:",
        '  - - name: DENIS_MATERIALIZERS_PCT',
        '  - - name: DENIS_MATERIALIZERS_ENABLED',
      ].join('\n'),
    );
  });

  describe('once the manifest is changed', () => {
    before(async () => {
      const last = await sandbox.kubectl([
        '-n',
        'denis',
        'apply',
        'view-last-applied',
        'deployment/denis',
        '-o',
        'json',
      ]);
      const manifest = JSON.parse(last.stdout);
      const [container] = manifest.spec.template.spec.containers;
      container.env = container.env.filter(({ name }: { name: string }) => !VARIABLES.includes(name));
      const applied = await sandbox.kubectl(['apply', '--validate=false', '-f', '-'], {
        input: JSON.stringify(manifest),
      });
      assert.equal(applied.code, 0, applied.stderr);
    });

    it('shows the patch, and writes nothing while nobody is there to agree', async () => {
      let shown = '';
      const message = await refusal(async () => {
        const result = await adopt([]);
        shown = result.stdout;
        return result;
      }, 2);
      assert.equal(message, 'nobody is there to agree: run this in a terminal, or add --yes');
      assert.match(shown, /^The patch to Deployment denis in namespace denis of context denis-sandbox:$/m);
      const patch = JSON.parse(shown.slice(shown.indexOf('{'))) as { spec: { template: { metadata: object } } };
      assert.deepEqual(patch.spec.template.metadata, {
        annotations: {
          'canary.denis.run/pct': '0',
          'canary.denis.run/enabled': 'false',
          'canary.denis.run/move': '0',
        },
      });
    });

    it('adopts with --yes, at 0 % and off', async () => {
      const before = await writes();
      const { code, stdout, stderr } = await adopt(['--yes']);
      assert.equal(code, 0, stderr);
      assert.ok((await writes()) > before);
      assert.match(stdout, /^note: the manifest of denis-workers sets replicas/);
      assert.match(stdout, /^Adopted Deployment denis in namespace denis of context denis-sandbox: 0 %, off\.$/m);
      const { template } = (await denis()).spec;
      assert.equal(template.metadata.annotations?.['canary.denis.run/enabled'], 'false');
      assert.equal(
        template.spec.containers[0]!.env.filter((variable) => VARIABLES.includes((variable as { name: string }).name))
          .length,
        2,
      );
    });

    it('says a second time that it is adopted, and writes nothing', async () => {
      const before = [await writes(), (await denis()).metadata.generation];
      const { code, stdout } = await adopt([]);
      assert.equal(code, 0);
      assert.match(stdout, /is adopted already\.$/m);
      assert.deepEqual([await writes(), (await denis()).metadata.generation], before);
    });

    it('completes an adoption of which only the ledger is missing', async () => {
      await sandbox.kubectl(['-n', 'denis', 'delete', 'configmap', 'denis-canary']);
      const { code } = await adopt(['--yes']);
      assert.equal(code, 0);
      const ledger = await sandbox.kubectl(['-n', 'denis', 'get', 'configmap', 'denis-canary', '-o', 'json']);
      assert.equal(ledger.code, 0);
    });

    it('refuses --undo while a percentage is live', async () => {
      const patch = {
        spec: {
          template: { metadata: { annotations: { 'canary.denis.run/pct': '1', 'canary.denis.run/enabled': 'true' } } },
        },
      };
      const live = (value: object) =>
        sandbox.kubectl(['-n', 'denis', 'patch', 'deployment', 'denis', '--patch', JSON.stringify(value)]);
      await live(patch);
      const message = await refusal(() => adopt(['--undo', '--yes']));
      assert.match(message, /^1 % is live: the adoption can be undone at exposure 0 only; set canary:enabled to false/);
      patch.spec.template.metadata.annotations = { 'canary.denis.run/pct': '0', 'canary.denis.run/enabled': 'false' };
      await live(patch);
      const status = ['rollout', 'status', 'deployment/denis', '--timeout=30s'];
      assert.equal((await sandbox.kubectl(['-n', 'denis', ...status])).code, 0);
    });

    it('undoes itself, once, and leaves PCT=0 and ENABLED=false', async () => {
      const { code, stdout, stderr } = await adopt(['--undo', '--yes']);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^Undone: PCT=0, ENABLED=false, explicit\./m);
      const { template } = (await denis()).spec;
      const env = template.spec.containers[0]!.env as { name: string; value?: string }[];
      assert.deepEqual(
        env
          .filter(({ name }) => VARIABLES.includes(name))
          .map(({ name, value }) => `${name}=${value}`)
          .sort(),
        ['DENIS_MATERIALIZERS_ENABLED=false', 'DENIS_MATERIALIZERS_PCT=0'],
      );
      const again = await adopt(['--undo']);
      assert.equal(again.code, 0);
      assert.match(again.stdout, /is not adopted; nothing to undo\.$/m);
    });
  });
});
