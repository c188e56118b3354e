import assert from 'node:assert/strict';
import type { Person, Sandbox } from '../../../sandbox/index';
import { bind, sandboxRoles, unbind } from '../../act/support/world';
import { podsOf } from '../../sandbox/support/world';
import { mark } from '../support/audit';
import { makeLive, rolledOut, scraped, template } from '../support/cluster';
import { denisNow, latchOf, liveAgain, runKill } from '../support/kill';
import { type Kubelet, startKubelet } from '../support/kubelet';
import { pulumi, up } from '../support/pulumi';
import { sharedSandbox } from '../support/sharedSandbox';
import { noWatcher, startWatcher } from '../support/watch';
import { settingsWith } from '../support/world';

/** Everybody stands outside the network of the pods, and has the Role of his work alone. */
describe('canary:podAccess port-forward', function () {
  this.timeout(150_000);
  let sandbox: Sandbox;
  let settings: string;
  let kubelet: Kubelet | undefined;
  const given = new Set<Person>();

  before(async () => {
    sandbox = await sharedSandbox();
    settings = settingsWith(sandbox, 'port-forward', { podAccess: 'port-forward' });
  });
  beforeEach(async () => {
    await liveAgain(sandbox, 50);
    const pods = await podsOf(sandbox, 'denis');
    kubelet = await startKubelet(sandbox, { addresses: Object.fromEntries(pods.map(({ name, ip }) => [name, ip])) });
  });
  afterEach(() => kubelet?.stop());
  after(async () => {
    for (const user of given) await unbind({ sandbox }, user, roleOf(user));
    await makeLive(sandbox, 0, { enabled: false });
  });

  const roleOf = (user: Person): string => user.replace('denis-', 'denis-canary-');

  /** Gives the Role that `base` makes, for pods that are reached in this way. @returns what the user's commands run with */
  async function only(user: Person, podAccess: 'direct' | 'port-forward' = 'port-forward') {
    given.add(user);
    await bind({ sandbox }, user, roleOf(user), sandboxRoles(podAccess)[roleOf(user)]);
    return { KUBECONFIG: sandbox.kubeconfig(user), PULUMI_OPTION_CONFIG_FILE: settings };
  }

  /** The pods that were forwarded to since then, once each. */
  async function forwarded(since: number): Promise<string[]> {
    const entries = (await sandbox.auditLog()).slice(since);
    const names = entries.flatMap(({ objectRef, responseStatus }) =>
      objectRef?.resource === 'pods' && objectRef.subresource === 'portforward' && responseStatus?.code === 101
        ? [objectRef.name!]
        : [],
    );
    return [...new Set(names)].sort();
  }
  const names = async (): Promise<string[]> => (await rolledOut(sandbox)).map(({ name }) => name).sort();

  it('lowers the exposure and leaves the feature on: every pod was asked', async () => {
    await only('denis-up');
    const [since, pods] = [await mark(sandbox), await names()];
    await up(sandbox, 'canary-10', { settings, kubeconfig: sandbox.kubeconfig('denis-up') });
    assert.deepEqual(await forwarded(since), pods);
    const { pct, enabled } = await template(sandbox);
    assert.deepEqual([pct, enabled], ['10', 'true']);
  });

  it('kills by the API: every pod is told, and confirms', async () => {
    const env = await only('denis-kill');
    const [since, pods] = [await mark(sandbox), await names()];
    const { code, output } = await runKill(sandbox, ['--reason', 'a test wants it off', '--method', 'api'], env);
    assert.equal(code, 0, output);
    assert.match(output, /api +confirmed: all 3 pods told, and each says so/);
    assert.deepEqual(await forwarded(since), pods);
    assert.deepEqual(
      (await denisNow(sandbox)).pods.filter(({ ready }) => ready).map(({ killed }) => killed),
      [true, true, true],
    );
    assert.notEqual(await latchOf(sandbox), undefined);
  });

  it('is enough for the watcher', async () => {
    await noWatcher(sandbox);
    await scraped(sandbox);
    const env = await only('denis-watcher');
    const since = await mark(sandbox);
    const watcher = startWatcher(sandbox, env);
    try {
      await watcher.said(/ leads$/m);
      assert.deepEqual(await forwarded(since), await names());
    } finally {
      await watcher.stop();
    }
    assert.doesNotMatch(watcher.output(), /blind|cannot be|forbidden/);
  });

  it('says which right is missing where the Role is without it', async () => {
    await only('denis-up', 'direct');
    const { code, output } = await pulumi(sandbox, ['preview', '--stack', 'canary-100'], {
      settings,
      kubeconfig: sandbox.kubeconfig('denis-up'),
    });
    assert.equal(code, 0, output);
    assert.match(output, /cannot create resource "pods\/portforward"/);
    assert.match(output, /pod denis-\S+/);
  });

  it('says why where the kubelet does not answer', async () => {
    await kubelet?.stop();
    const { output } = await pulumi(sandbox, ['preview', '--stack', 'canary-100'], { settings });
    assert.match(output, /port-forward/);
  });
});
