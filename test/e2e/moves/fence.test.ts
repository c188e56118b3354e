import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { BINDINGS, POLICIES } from '../../../resources/admissionPolicy';
import { sandboxFile } from '../../../sandbox/checkout';
import { type CommandResult, type Person, type Sandbox, startSandbox } from '../../../sandbox/index';
import { waitFor } from '../../../sandbox/waitFor';
import { api, exposure, PATHS } from '../../act/support/world';
import { jsonOf } from '../../sandbox/support/world';
import {
  asDelivered,
  deployment,
  kubectl,
  LATCH,
  ledger,
  rolledOut,
  scraped,
  teamFreesTheVariables,
  template,
  WIRED,
  wiring,
} from '../support/cluster';
import { type PulumiRun, pulumi, up } from '../support/pulumi';
import { latchOf } from '../support/rawKill';
import { adopt, CHECKOUT, npmRun, settingsWith } from '../support/world';

const [PCT, ENABLED] = ['DENIS_MATERIALIZERS_PCT', 'DENIS_MATERIALIZERS_ENABLED'];
const LATCHED = /is refused: they are latched off; `npm run resume` clears the latch/;
const BY_HAND = /is refused: `pulumi up` of a phase alone raises them/;
/** The team's manifest as a file of the sandbox, with its two variables spelled out. */
const manifest = (pct: number): string =>
  readFileSync(sandboxFile('manifests', 'denis.yaml'), 'utf8')
    .replace(`${PCT}, value: "0"`, `${PCT}, value: "${pct}"`)
    .replace(`${ENABLED}, value: "false"`, `${ENABLED}, value: "true"`);

// A sandbox of its own: the policies would stand in the way of how other tests make their worlds.
describe('the admission policy', function () {
  this.timeout(120_000);
  let sandbox: Sandbox;
  let foreign: string;

  before(async () => {
    sandbox = await startSandbox();
    await asDelivered(sandbox);
    foreign = await foreignProgram(sandbox);
  });
  after(() => sandbox?.stop());

  type Written = { readonly code: number; readonly said: string };
  const saying = ({ code, stdout, stderr }: CommandResult): Written => ({ code, said: stdout + stderr });
  const by =
    (user: Person) =>
    async (...args: string[]): Promise<Written> =>
      saying(await sandbox.kubectl(['-n', 'denis', ...args], { user }));
  const admin = by('admin');
  const patch = (kind: string, content: object, ...more: string[]): string[] => [
    'patch',
    kind,
    '--type=merge',
    '--patch',
    JSON.stringify(content),
    ...more,
  ];

  /** A request as the provider or a tool like helm sends it. */
  async function applied(fieldManager: string, content: object, more = ''): Promise<Written> {
    const target = `${PATHS.deployment('denis')}?fieldManager=${fieldManager}&force=true${more}`;
    const body = { type: 'application/apply-patch+yaml', content };
    const { status, object } = await api<{ message?: string }>({ sandbox }, 'PATCH', target, body);
    return { code: status === 200 ? 0 : status, said: object.message ?? '' };
  }
  const declared = (pct: number, enabled: boolean, move: number): object => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'denis', namespace: 'denis' },
    spec: exposure(pct, enabled, move),
  });
  const byRollout = (pct: number, enabled = true): Promise<Written> =>
    applied('denis-rollout', declared(pct, enabled, 90 + pct));

  const done = ({ code, said }: Written): void => assert.equal(code, 0, said);
  const refused = (reason: RegExp, { code, said }: Written): void => {
    assert.notEqual(code, 0, said);
    assert.match(said, reason);
  };
  const served = async () => [await template(sandbox), await wiring(sandbox)] as const;
  const latch = latchOf('eva@host');
  const ledgerOf = (permitted: number, latched: boolean) => ({
    'ledger.json': JSON.stringify({ version: 1, permitted, ...(latched && { latch }) }),
    permitted: String(permitted),
    latched: String(latched),
  });

  /** Off without a latch, wired, nothing permitted; by what the policies let pass. */
  async function cleared(): Promise<void> {
    const asResume = '--field-manager=denis-resume';
    done(await admin(...patch('configmap/denis-canary', { data: ledgerOf(0, false) }, asResume)));
    done(await admin(...patch('deployment/denis', { metadata: { annotations: { [LATCH]: null } } }, asResume)));
    done(await byRollout(0, false));
    await rewired();
  }

  async function rewired(): Promise<void> {
    const env = Object.entries(WIRED).map(([name, fieldPath]) => ({
      name,
      value: null,
      valueFrom: { fieldRef: { fieldPath } },
    }));
    const wired = { spec: { template: { spec: { containers: [{ name: 'denis', env }] } } } };
    done(await admin('patch', 'deployment/denis', '--patch', JSON.stringify(wired)));
  }

  /** The API server reads the ledger of a policy from its own memory, which hears of a write a moment later. */
  const heard = (permitted: number): Promise<true> =>
    waitFor(
      async () => {
        const more = await applied('denis-rollout', declared(permitted + 1, true, 80), '&dryRun=All');
        const enough = await applied('denis-rollout', declared(permitted, true, 80), '&dryRun=All');
        return more.code !== 0 && enough.code === 0 ? true : undefined;
      },
      { what: `the policy to know that ${permitted} % are permitted`, deadlineMs: 20_000 },
    );

  async function live(pct: number, permitted: number): Promise<void> {
    await cleared();
    done(await admin(...patch('configmap/denis-canary', { data: ledgerOf(permitted, false) })));
    await heard(permitted);
    done(await byRollout(pct));
  }

  /** What the kill writes, as the kill's own user. */
  const killPatch = (own: object = {}): string[] =>
    patch(
      'deployment/denis',
      {
        metadata: { annotations: { [LATCH]: JSON.stringify({ ...latch, ...own }) } },
        spec: exposure(10, false, 99),
      },
      '--field-manager=denis-kill',
    );

  async function latched(): Promise<void> {
    await live(10, 10);
    done(await by('denis-kill')(...killPatch()));
    done(await by('denis-kill')(...patch('configmap/denis-canary', { data: ledgerOf(0, true) })));
  }

  describe('before the service is adopted', () => {
    it('is declared by stack base, and the API server finds no fault in its expressions', async () => {
      const settings = settingsWith(sandbox, 'fence', { admissionPolicy: true });
      await up(sandbox, 'base', { settings });
      await up(sandbox, 'base', { settings }, '--expect-no-changes');
      type Policy = { metadata: { name: string }; status?: { typeChecking?: { expressionWarnings?: object[] } } };
      const policies = await waitFor(
        async () => {
          const { items } = await jsonOf<{ items: Policy[] }>(sandbox, ['get', 'validatingadmissionpolicies']);
          return items.every(({ status }) => status?.typeChecking !== undefined) ? items : undefined;
        },
        { what: 'the types of the policies to be checked', deadlineMs: 30_000 },
      );
      assert.deepEqual(
        policies.map(({ metadata }) => metadata.name),
        POLICIES,
      );
      for (const { status } of policies) assert.deepEqual(status?.typeChecking?.expressionWarnings ?? [], []);
      for (const role of ['up', 'kill', 'resume']) {
        done(await admin('create', 'rolebinding', role, `--role=denis-canary-${role}`, `--user=denis-${role}`));
        const identity = ['--clusterrole=denis-canary-identity', `--user=denis-${role}`];
        done(await admin('create', 'clusterrolebinding', role, ...identity));
      }
      const binding = (name: string) => ['get', `validatingadmissionpolicybinding/${name}`, '-o', 'name'];
      for (const name of BINDINGS) done(await by('denis-up')(...binding(name)));
    });

    it('refuses to raise without a ledger, and lets off, images and labels pass', async () => {
      const raise = ['set', 'env', 'deployment/denis', `${PCT}=5`, `${ENABLED}=true`];
      const active = async () => ((await admin(...raise, '--dry-run=server')).code === 0 ? undefined : true);
      await waitFor(active, { what: 'the policies to be active', deadlineMs: 20_000 });
      refused(BY_HAND, await admin(...raise));
      done(await admin('set', 'env', 'deployment/denis', `${PCT}=5`));
      done(await admin('set', 'env', 'deployment/denis', `${ENABLED}=false`));
      done(await admin('set', 'image', 'deployment/denis', 'denis=registry.example/denis:2.7.2'));
      done(await admin('label', 'deployment/denis', 'stage=two', '--overwrite'));
      done(await admin('set', 'env', 'deployment/denis', `${PCT}=0`));
    });

    it('lets the service be adopted', async () => {
      await teamFreesTheVariables(sandbox);
      const { code, stderr } = await adopt(sandbox, '--yes');
      assert.equal(code, 0, stderr);
      await rolledOut(sandbox);
    });
  });

  describe('in a whole rollout', () => {
    it('lets a permitted `up` pass, and a real kill and a real resume, each by its own user', async function () {
      this.timeout(240_000);
      await scraped(sandbox);
      // Fast enough for a baseline within half a minute.
      const settings = settingsWith(sandbox, 'fence-raising', { timeScale: 120 });
      const user = (name: Person) => ({ KUBECONFIG: sandbox.kubeconfig(name) });
      const permitted = () => up(sandbox, 'canary-1', { settings, kubeconfig: sandbox.kubeconfig('denis-up') });
      await waitFor(permitted, { what: '`up` of canary-1 to be permitted', deadlineMs: 120_000 });
      assert.deepEqual(await template(sandbox), { pct: '1', enabled: 'true', move: '1' });
      const kill = saying(await npmRun(sandbox, 'kill', ['--reason', 'a test of the fence'], user('denis-kill')));
      // 4 is off and latched, later than the plan's budget: a busy machine is no matter of rights.
      assert.ok([0, 4].includes(kill.code), kill.said);
      assert.equal((await ledger(sandbox)).permitted, 0);
      refused(LATCHED, await admin('set', 'env', 'deployment/denis', `${ENABLED}=true`));
      done(saying(await npmRun(sandbox, 'resume', ['--reason', 'a test of the fence', '--yes'], user('denis-resume'))));
      assert.equal((await deployment(sandbox, 'denis')).metadata.annotations?.[LATCH], undefined);
      assert.equal((await ledger(sandbox)).latch, undefined);
    });
  });

  describe('while latched', () => {
    before(latched);

    const raises: readonly [how: string, () => Promise<Written>][] = [
      ['kubectl patch', () => admin(...patch('deployment/denis', { spec: exposure(10, true, 100) }))],
      ['kubectl set env', () => admin('set', 'env', 'deployment/denis', `${ENABLED}=true`)],
      ['an apply like that of helm', () => applied('helm', declared(50, true, 100))],
      ['an apply of denis-rollout by force', () => byRollout(1)],
      ['a resume', () => applied('denis-resume', declared(1, true, 100))],
      ['`pulumi up` of a program without the gate', () => foreignUp()],
    ];
    for (const [how, raise] of raises) {
      it(`refuses ${how} that raises`, async () => {
        const before = await served();
        refused(LATCHED, await raise());
        assert.deepEqual(await served(), before);
      });
    }

    it('refuses kubectl apply of a manifest that raises', async () => {
      done(await admin('set', 'env', 'deployment/denis', `${PCT}=0`, `${ENABLED}=false`));
      refused(LATCHED, await apply(manifest(50)));
      assert.deepEqual(await wiring(sandbox), { [PCT]: '0', [ENABLED]: 'false' });
      await rewired();
    });

    it('refuses a raise while the ledger alone is latched', async () => {
      const without = { metadata: { annotations: { [LATCH]: null } } };
      done(await admin(...patch('deployment/denis', without, '--field-manager=denis-resume')));
      refused(LATCHED, await byRollout(1));
      done(await by('denis-kill')(...killPatch()));
    });

    const passing: readonly [what: string, args: readonly string[]][] = [
      ['another image', ['set', 'image', 'deployment/denis', 'denis=registry.example/denis:2.7.3']],
      ['another label', ['label', 'deployment/denis', 'stage=three', '--overwrite']],
      ['more replicas', ['scale', 'deployment/denis', '--replicas=4']],
      ['fewer replicas by patch', patch('deployment/denis', { spec: { replicas: 3 } })],
      ['a neighbour of the variables', ['set', 'env', 'deployment/denis', 'LOG_LEVEL=debug']],
      ['a restart of the pods', ['rollout', 'restart', 'deployment/denis']],
      ['a lower percentage', patch('deployment/denis', { spec: exposure(1, false, 101) })],
      ['off by hand', ['set', 'env', 'deployment/denis', `${ENABLED}=false`]],
    ];
    for (const [what, args] of passing) {
      it(`lets ${what} pass`, async () => done(await admin(...args)));
    }

    it('lets the manifest of the team pass', () => teamFreesTheVariables(sandbox));

    it('lets a second kill and its copy in the ledger pass', async () => {
      done(await by('denis-kill')(...killPatch({ by: 'ana@host' })));
      done(await by('denis-kill')(...patch('configmap/denis-canary', { data: ledgerOf(0, true) })));
    });

    const unlatch = { metadata: { annotations: { [LATCH]: null } } };
    const unlatched = { data: ledgerOf(0, false) };
    const AS_RESUME = '--field-manager=denis-resume';
    const removals: readonly [what: string, () => Promise<Written>, RegExp][] = [
      [
        'the latch of the Deployment by an administrator',
        () => admin(...patch('deployment/denis', unlatch)),
        /latch off/,
      ],
      ['it by kubectl annotate', () => admin('annotate', 'deployment/denis', `${LATCH}-`), /latch off/],
      ['it by denis-up', () => by('denis-up')(...patch('deployment/denis', unlatch)), /latch off/],
      [
        'it by denis-up in the name of a resume',
        () => by('denis-up')(...patch('deployment/denis', unlatch, AS_RESUME)),
        /latch off/,
      ],
      [
        'it by denis-resume without its name',
        () => by('denis-resume')(...patch('deployment/denis', unlatch)),
        /latch off/,
      ],
      [
        'the latch of the ledger by an administrator',
        () => admin(...patch('configmap/denis-canary', unlatched)),
        /latch out of the ledger/,
      ],
      [
        'it in the text of the ledger alone',
        () => admin(...patch('configmap/denis-canary', { data: { 'ledger.json': '{"version":1,"permitted":0}' } })),
        /latch out of the ledger/,
      ],
      [
        'it by denis-up in the name of a resume',
        () => by('denis-up')(...patch('configmap/denis-canary', unlatched, AS_RESUME)),
        /latch out of the ledger/,
      ],
      ['the ledger', () => admin('delete', 'configmap/denis-canary'), /deleting the ledger/],
      [
        'the ledger with all others',
        () => admin('delete', '--raw', '/api/v1/namespaces/denis/configmaps'),
        /deleting the ledger/,
      ],
      [
        'what the ledger does not permit',
        () => admin(...patch('configmap/denis-canary', { data: ledgerOf(100, true) })),
        /permitting more/,
      ],
    ];
    for (const [what, remove, reason] of removals) {
      it(`refuses to take away ${what}`, async () => refused(reason, await remove()));
    }

    it('lets a resume by its own user clear both, in either order', async () => {
      done(await by('denis-resume')(...patch('deployment/denis', unlatch, AS_RESUME)));
      done(await by('denis-resume')(...patch('configmap/denis-canary', unlatched, AS_RESUME)));
      await latched();
      done(await by('denis-resume')(...patch('configmap/denis-canary', unlatched, AS_RESUME)));
      done(await by('denis-resume')(...patch('deployment/denis', unlatch, AS_RESUME)));
    });
  });

  describe('at 1 %, while 10 % are permitted', () => {
    before(() => live(1, 10));

    const raises: readonly [how: string, () => Promise<Written>, RegExp][] = [
      ['an explicit variable', () => admin('set', 'env', 'deployment/denis', `${PCT}=25`), /from 1 % to 25 %/],
      ['an apply like that of helm', () => applied('helm', declared(25, true, 100)), /from 1 % to 25 %/],
      ['less than is permitted, by hand', () => admin('set', 'env', 'deployment/denis', `${PCT}=5`), BY_HAND],
      ['an apply of denis-rollout', () => byRollout(25), /from 1 % to 25 % is refused: the ledger permits 10 %/],
      [
        '`pulumi up` of a program without the gate',
        () => foreignUp(),
        /from 1 % to 50 % is refused: the ledger permits 10 %/,
      ],
      [
        'a percentage that cannot be read',
        () => admin('set', 'env', 'deployment/denis', `${PCT}=many`),
        /from 1 % to an unknown percentage/,
      ],
      [
        'a percentage from elsewhere',
        () =>
          admin(
            'patch',
            'deployment/denis',
            '--patch',
            JSON.stringify({
              spec: {
                template: {
                  spec: {
                    containers: [
                      {
                        name: 'denis',
                        env: [
                          {
                            name: PCT,
                            value: null,
                            valueFrom: { fieldRef: null, configMapKeyRef: { name: 'other', key: 'pct' } },
                          },
                        ],
                      },
                    ],
                  },
                },
              },
            }),
          ),
        /from 1 % to an unknown percentage/,
      ],
    ];
    for (const [how, raise, reason] of raises) {
      it(`refuses ${how}`, async () => {
        const before = await served();
        refused(reason, await raise());
        assert.deepEqual(await served(), before);
      });
    }

    it('lets the rollout go to what is permitted, and anybody lower and off', async () => {
      done(await byRollout(10));
      done(await admin('set', 'env', 'deployment/denis', `${PCT}=3`));
      done(await admin('set', 'env', 'deployment/denis', `${ENABLED}=false`));
      assert.deepEqual(await wiring(sandbox), { [PCT]: '3', [ENABLED]: 'false' });
    });

    it('lets a kill pass that meets an explicit variable', async () => {
      await live(10, 10);
      done(await admin('set', 'env', 'deployment/denis', `${ENABLED}=true`));
      done(await by('denis-kill')(...killPatch()));
      done(await by('denis-kill')('set', 'env', 'deployment/denis', `${ENABLED}=false`));
    });

    it('refuses to delete the ledger, and lets its other ConfigMaps go', async () => {
      await cleared();
      refused(/deleting the ledger .* is refused/, await admin('delete', 'configmap/denis-canary'));
      done(await admin('create', 'configmap', 'other'));
      done(await admin('delete', 'configmap/other'));
    });
  });

  describe('at its end', () => {
    it('keeps off what a Deployment that is made anew would raise', async () => {
      await kubectl(sandbox, ['delete', 'deployment/denis', '--wait=true']);
      refused(/from 0 % to 10 % is refused/, await apply(manifest(10)));
      await teamFreesTheVariables(sandbox);
    });

    it('is gone without the option, and only then the ledger can go', async () => {
      await up(sandbox, 'base');
      const gone = async () => ((await admin('delete', 'configmap/denis-canary')).code === 0 ? true : undefined);
      await waitFor(gone, { what: 'the ledger to be deleted', deadlineMs: 20_000 });
    });
  });

  async function apply(input: string): Promise<Written> {
    return saying(await sandbox.kubectl(['-n', 'denis', 'apply', '--validate=false', '-f', '-'], { input }));
  }

  async function foreignUp(): Promise<Written> {
    const { code, output }: PulumiRun = await pulumi(
      sandbox,
      ['-C', foreign, 'up', '--yes', '--skip-preview', '--stack', 'raise'],
      { settings: path.join(foreign, 'Pulumi.raise.yaml') },
    );
    return { code, said: output };
  }
});

/** A Pulumi program that writes as the rollout does, by force, and asks no gate. @returns its folder */
async function foreignProgram(sandbox: Sandbox): Promise<string> {
  const folder = path.join(sandbox.info.folder, 'foreign');
  mkdirSync(folder);
  symlinkSync(path.join(CHECKOUT, 'node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'Pulumi.yaml'), 'name: foreign\nruntime: nodejs\n');
  writeFileSync(path.join(folder, 'Pulumi.raise.yaml'), '');
  writeFileSync(path.join(folder, 'package.json'), '{"main":"index.js"}');
  const args = {
    metadata: {
      name: 'denis',
      namespace: 'denis',
      annotations: { 'pulumi.com/patchFieldManager': 'denis-rollout', 'pulumi.com/patchForce': 'true' },
    },
    spec: exposure(50, true, 500),
  };
  writeFileSync(
    path.join(folder, 'index.js'),
    `const { apps } = require('@pulumi/kubernetes');\nnew apps.v1.DeploymentPatch('raise', ${JSON.stringify(args)});\n`,
  );
  const settings = path.join(folder, 'Pulumi.raise.yaml');
  const made = await pulumi(sandbox, ['-C', folder, 'stack', 'init', 'raise'], { settings });
  assert.equal(made.code, 0, made.output);
  return folder;
}
