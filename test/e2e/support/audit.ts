import assert from 'node:assert/strict';
import type { AuditEntry, Sandbox } from '../../../sandbox/index';

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'];

/** Where the audit log ends now: what follows is what happens from here on. */
export async function mark(sandbox: Sandbox): Promise<number> {
  return (await sandbox.auditLog()).length;
}

/**
 * Every write that people, `pulumi` and `kubectl` among them, tried since a mark, refused ones too. Left out are dry
 * runs and the reviews of permissions and identity, which are questions, and Events, which are evidence of either.
 */
export async function writesSince(sandbox: Sandbox, since: number): Promise<AuditEntry[]> {
  return (await sandbox.auditLog())
    .slice(since)
    .filter(({ verb }) => WRITES.includes(verb))
    .filter(({ user }) => !/^(sandbox-|system:)/.test(user.username))
    .filter(({ requestURI }) => !requestURI.includes('dryRun=All'))
    .filter(({ objectRef }) => !objectRef?.resource?.endsWith('reviews'))
    .filter(({ objectRef }) => objectRef?.resource !== 'events');
}

/** As text, for messages: `patch deployments/denis denis-rollout 409`. */
export function named({ verb, objectRef, requestURI, responseStatus }: AuditEntry): string {
  const manager = /[?&]fieldManager=([^&]+)/.exec(requestURI)?.[1] ?? '-';
  return `${verb} ${objectRef?.resource}/${objectRef?.name} ${manager} ${responseStatus?.code}`;
}

export async function assertNoWrite(sandbox: Sandbox, since: number): Promise<void> {
  assert.deepEqual((await writesSince(sandbox, since)).map(named), []);
}

export async function assertNoDeploymentWrite(sandbox: Sandbox, since: number): Promise<void> {
  const writes = await writesSince(sandbox, since);
  assert.deepEqual(writes.filter(({ objectRef }) => objectRef?.resource === 'deployments').map(named), []);
}
