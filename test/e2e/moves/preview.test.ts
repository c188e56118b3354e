import assert from 'node:assert/strict';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type CommandResult, runCommand } from '../../../sandbox/command';
import type { Sandbox } from '../../../sandbox/index';
import { assertNoWrite, mark } from '../support/audit';
import { kubectl, makeLive, scraped } from '../support/cluster';
import { up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { CHECKOUT, settingsWith } from '../support/world';

/** A literal beside the two variables in Denis's manifest. */
const NEIGHBOUR = 'sandbox-neo4j-password-4f1d';
const REVISION = '0123456789abcdef0123456789abcdef01234567';

describe('npm run preview-comment', function () {
  this.timeout(90_000);
  let sandbox: Sandbox;
  let since: number;

  /** As a person who may do nothing but what Role denis-canary-preview allows. */
  function preview(
    stacks: string,
    env: NodeJS.ProcessEnv = {},
    root: string = CHECKOUT,
    ...more: string[]
  ): Promise<CommandResult> {
    const program = path.join(root, 'dist', 'scripts', 'previewComment.js');
    return runCommand(process.execPath, [program, '--stacks', stacks, '--revision', REVISION, ...more], {
      cwd: root,
      env: { ...sandbox.env, KUBECONFIG: sandbox.kubeconfig('nobody'), ...env },
      timeoutMs: 80_000,
    });
  }
  const row = (stack: string, { stdout }: CommandResult): string =>
    stdout.split('\n').find((line) => line.startsWith(`| \`${stack}\` |`)) ?? stdout;

  before(async () => {
    sandbox = await sharedSandbox();
    await makeLive(sandbox, 1);
    await up(sandbox, 'base');
    await up(sandbox, 'canary-1');
    await kubectl(sandbox, ['create', 'rolebinding', 'reader', '--role=denis-canary-preview', '--user=nobody']);
    const identity = ['create', 'clusterrolebinding', 'reader', '--clusterrole=denis-canary-identity', '--user=nobody'];
    await kubectl(sandbox, identity);
    await scraped(sandbox);
  });
  after(async () => {
    if (sandbox === undefined) return;
    await kubectl(sandbox, ['delete', 'rolebinding/reader', 'clusterrolebinding/reader', '--ignore-not-found']);
  });
  beforeEach(async () => {
    since = await mark(sandbox);
  });
  afterEach(() => assertNoWrite(sandbox, since));

  it('shows what is allowed and what is held, with exit code 0, as a user who may only read', async () => {
    const settings = settingsWith(sandbox, 'slow-preview', { timeScale: 60 });
    const found = await preview('base,canary-1,canary-10,canary-100', { PULUMI_OPTION_CONFIG_FILE: settings });
    assert.equal(found.code, 0, found.stderr);
    assert.equal(row('base', found), '| `base` | allowed |  | nothing |');
    assert.match(
      row('canary-1', found),
      /^\| `canary-1` \| allowed \| `canary-1 +HOLD +window \S+ of 4m.*` \| nothing \|$/,
    );
    assert.match(
      row('canary-10', found),
      /^\| `canary-10` \| held \| `canary-1 → canary-10 +HOLD +window \S+ of 4m.*` \| `exposure 1 % → 10 %, move \d+ → \d+(, workers .*)?` \|$/,
    );
    assert.match(row('canary-100', found), /\| held \|/);
    assert.match(found.stdout, /^ {2}refused: canary-100 skips a phase: after 1 % comes canary-10$/m);
    assert.match(found.stdout, /^ {2}success rate .* > 95 % +hard/m);
    assert.match(found.stdout, /^ {2}change: exposure 1 % → 10 %$/m);
    assert.match(found.stdout, /\[Dashboard\]\(https:\/\/grafana\.denis\.run\/d\/materializers-canary\)/);
    assert.match(found.stdout, /preview of `0123456789ab`/);
    assertNothingSecret(found);
  });

  it('fails for invalid settings, without asking anybody', async () => {
    const settings = settingsWith(sandbox, 'invalid', { redis: 'http://redis.test', matrixSuccess: 'much' });
    const found = await preview('canary-10', { PULUMI_OPTION_CONFIG_FILE: settings });
    assert.equal(found.code, 1);
    assert.match(row('canary-10', found), /\| \*\*invalid settings\*\* \| `canary:redis: expected a URL/);
    assert.match(found.stdout, /^canary:matrixSuccess: .*; found "much"$/m);
  });

  it('fails for a program that breaks, and says how', async () => {
    const root = path.join(sandbox.info.folder, 'broken-checkout');
    for (const part of ['dist', 'policy-pack', 'package.json', 'Pulumi.yaml']) {
      cpSync(path.join(CHECKOUT, part), path.join(root, part), { recursive: true });
    }
    symlinkSync(path.join(CHECKOUT, 'node_modules'), path.join(root, 'node_modules'));
    const program = path.join(root, 'dist', 'index.js');
    const secret = sandbox.env['PULUMI_CONFIG_PASSPHRASE'] ?? '';
    writeFileSync(
      program,
      // Without a stack: formatting one takes Node 20 most of a minute in the engine's own handler.
      `Error.stackTraceLimit = 0;\nthrow new Error('boom ' + process.env.PULUMI_CONFIG_PASSPHRASE);\n${readFileSync(program, 'utf8')}`,
    );
    const found = await preview('canary-1', {}, root);
    assert.equal(found.code, 1, found.stderr);
    assert.match(row('canary-1', found), /\| \*\*broken\*\* \|/);
    assert.match(found.stdout, /Error: boom \[secret\]/);
    assert.ok(secret.length > 6 && !found.stdout.includes(secret));
  });

  it('fails when the cluster does not answer, or is not the one of the settings', async () => {
    const unreachable = path.join(sandbox.info.folder, 'kubeconfig-of-nowhere');
    const kubeconfig = readFileSync(sandbox.info.kubeconfig, 'utf8');
    writeFileSync(unreachable, kubeconfig.replace(/server: .*/, 'server: https://127.0.0.1:1'), { mode: 0o600 });
    const other = settingsWith(sandbox, 'other-cluster', { clusterUid: 'another' });
    const [gone, another] = [
      await preview('base,canary-1,canary-10', { KUBECONFIG: unreachable }),
      await preview('canary-10', { PULUMI_OPTION_CONFIG_FILE: other }),
    ];
    assert.equal(gone.code, 1);
    for (const stack of ['base', 'canary-1', 'canary-10']) {
      assert.match(row(stack, gone), /\| \*\*cluster not readable\*\* \|.*\| unknown \|$/);
    }
    assert.equal(another.code, 1);
    assert.match(
      row('canary-10', another),
      /\| \*\*cluster not readable\*\* \| `context denis-sandbox is another cluster/,
    );
  });

  it('fails for a stack that was never made', async () => {
    const state = path.join(sandbox.info.folder, 'no-state');
    cpSync(path.join(CHECKOUT, 'Pulumi.yaml'), path.join(state, 'Pulumi.yaml'));
    const found = await preview('canary-1', { PULUMI_BACKEND_URL: `file://${state}` });
    assert.equal(found.code, 1);
    assert.match(row('canary-1', found), /\| \*\*broken\*\* \| `error: no stack named 'canary-1' found`/);
  });

  it('needs nothing but the settings without a cluster', async () => {
    const nowhere = { KUBECONFIG: '', PULUMI_BACKEND_URL: '', PULUMI_CONFIG_PASSPHRASE: '' };
    const found = await preview('canary-1,canary-10', nowhere, CHECKOUT, '--no-cluster');
    assert.equal(found.code, 0, found.stderr);
    assert.match(row('canary-10', found), /^\| `canary-10` \| settings valid \|/);
    assert.match(found.stdout, /\*\*No cluster was asked\*\*/);
  });

  function assertNothingSecret({ stdout, stderr }: CommandResult): void {
    for (const secret of [NEIGHBOUR, sandbox.env['PULUMI_CONFIG_PASSPHRASE']!]) {
      assert.ok(!stdout.includes(secret) && !stderr.includes(secret));
    }
    assert.doesNotMatch(stdout, /DeploymentPatch|managedFields|containers/, 'no diff of live objects');
  }
});
