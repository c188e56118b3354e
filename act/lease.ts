import { complaint, type Kubectl, type KubectlResult } from '../observe/kubectl';
import { objectsIn } from '../observe/kubeObjects';
import type { Lease } from '../observe/lease';
import { UserError } from '../phases/userError';

/** @throws UserError with this code when it cannot be read */
export async function readLease(kubectl: Kubectl, name: string, code: string): Promise<Lease | undefined> {
  const result = await kubectl(['get', `lease/${name}`, '--ignore-not-found', '-o', 'json']);
  if (result.code !== 0) throw new UserError(code, `Lease ${name} cannot be read: ${complaint(result)}`);
  return objectsIn(result.stdout)[0] as Lease | undefined;
}

export interface LeaseWrite {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: NonNullable<Lease['spec']>;
}

/** Creates it, or replaces it if it still is what was read: else the result is a conflict. */
export function writeLease(
  kubectl: Kubectl,
  { name, annotations, spec }: LeaseWrite,
  before: Lease | undefined,
): Promise<KubectlResult> {
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      annotations,
      ...(before === undefined ? {} : { resourceVersion: before.metadata.resourceVersion }),
    },
    spec,
  };
  const verb = before === undefined ? 'create' : 'replace';
  // Without validation: kubectl would fetch the schema of the whole API every time.
  return kubectl([verb, '--validate=false', '-f', '-'], { input: JSON.stringify(lease) });
}

/** As a Lease writes it, with microseconds. @param ms since 1970 */
export const leaseTime = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');
