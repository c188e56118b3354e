import assert from 'node:assert/strict';
import type { Sandbox } from '../../../sandbox/index';
import { jsonOf } from '../../sandbox/support/world';
import { kubectl, LATCH, type Ledger, ledger, servingPods, setFlag, template } from './cluster';

export const latchOf = (by: string, own: Partial<Latch> = {}): Latch => ({
  ...{ by, at: new Date().toISOString(), reason: 'a test of kills' },
  ...own,
});

type Latch = NonNullable<Ledger['latch']>;

/** Off, a new move and the latch in one patch, the flag at 0, the copy in the ledger: what a kill leaves behind. */
export async function killed(sandbox: Sandbox, latch: Latch): Promise<void> {
  const { move } = await template(sandbox);
  const annotations = { 'canary.denis.run/enabled': 'false', 'canary.denis.run/move': String(Number(move) + 1) };
  await patchAsKill(sandbox, 'denis', {
    metadata: { annotations: { [LATCH]: JSON.stringify(latch) } },
    spec: { template: { metadata: { annotations } } },
  });
  await setFlag(sandbox, '0');
  const { lastMove } = await ledger(sandbox);
  const data = { 'ledger.json': JSON.stringify({ version: 1, permitted: 0, lastMove, latch }) };
  await kubectl(sandbox, ['patch', 'configmap/denis-canary', '--type=merge', '--patch', JSON.stringify({ data })]);
}

/** The kill that a restart of the pods forgets: every Ready pod is told, and nothing is written but the latch on the Deployment. */
export async function toldToStop(sandbox: Sandbox, latch: Latch): Promise<void> {
  await Promise.all((await servingPods(sandbox)).map(({ ip }) => tell(sandbox, ip)));
  await patchAsKill(sandbox, 'denis', { metadata: { annotations: { [LATCH]: JSON.stringify(latch) } } });
}

export const patchAsKill = (sandbox: Sandbox, name: string, patch: object) =>
  kubectl(sandbox, ['patch', `deployment/${name}`, '--field-manager=denis-kill', '--patch', JSON.stringify(patch)]);

const PATH = '/internal/kill-switch/materializers';

/** Tells one pod to stop. */
export async function tell(sandbox: Sandbox, ip: string): Promise<void> {
  const response = await fetch(`http://${ip}:8084${PATH}`, { method: 'POST', headers: await authorization(sandbox) });
  assert.equal(response.status, 200);
}

/** Whether a pod was told to stop. */
export async function wasTold(sandbox: Sandbox, ip: string): Promise<boolean> {
  const response = await fetch(`http://${ip}:8084${PATH}`, { headers: await authorization(sandbox) });
  return ((await response.json()) as { killed: boolean }).killed;
}

/** With the token of the kill switch; without one while stack base has not made it, when Denis asks for none. */
async function authorization(sandbox: Sandbox): Promise<Record<string, string>> {
  interface Secret {
    readonly metadata: { readonly name: string };
    readonly data: { readonly token: string };
  }
  const { items } = await jsonOf<{ items: Secret[] }>(sandbox, ['-n', 'denis', 'get', 'secrets']);
  const secret = items.find(({ metadata }) => metadata.name === 'denis-kill-switch');
  if (secret === undefined) return {};
  return { authorization: `Bearer ${Buffer.from(secret.data.token, 'base64').toString('utf8')}` };
}
