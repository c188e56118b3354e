import { complaint, type Kubectl } from '../observe/kubectl';
import { annotations, type Workload } from '../observe/kubeObjects';
import { ANNOTATIONS, MANAGERS } from '../phases/names';
import { UserError } from '../phases/userError';
import { latchTextSentence } from '../rollout/latch';
import { readWithManagers } from './wiring';

const MOST_TRIES = 8;
const OWNERS: readonly string[] = [MANAGERS.kill, MANAGERS.resume];

/** What one write of a resume changes; its field manager is `denis-resume`. */
export interface ResumeWrite {
  readonly type: 'strategic' | 'json';
  readonly content: object;
}

/**
 * Reads a Deployment, decides, and writes only if nothing changed in between.
 * @param decide throws where the resume must stop; undefined when there is nothing to write
 * @throws UserError `patch` when the API server refuses
 */
export async function writeOnWhatIs(
  kubectl: Kubectl,
  name: string,
  decide: (deployment: Workload) => ResumeWrite | undefined,
): Promise<void> {
  for (let tries = 1; ; tries++) {
    const write = decide(await readWithManagers(kubectl, name));
    if (write === undefined) return;
    const result = await kubectl([
      'patch',
      `deployment/${name}`,
      `--type=${write.type}`,
      `--field-manager=${MANAGERS.resume}`,
      '--patch',
      JSON.stringify(write.content),
    ]);
    if (result.code === 0) return;
    // A JSON patch that met another object fails by its tests, a strategic one by its resourceVersion: both look again.
    if (tries === MOST_TRIES)
      throw new UserError('patch', `Deployment ${name} cannot be patched: ${complaint(result)}`);
  }
}

/** Of kill and resume no field is left theirs, and what else is to go goes in the same write. */
export function handingBack(deployment: Workload, also: readonly object[] = []): ResumeWrite | undefined {
  const { managedFields = [], resourceVersion } = deployment.metadata;
  const removed = managedFields
    .flatMap(({ manager }, index) => (OWNERS.includes(manager) ? [index] : []))
    .reverse()
    .map((index) => ({ op: 'remove', path: `/metadata/managedFields/${index}` }));
  if (removed.length + also.length === 0) return undefined;
  const same = { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion };
  return { type: 'json', content: [same, ...also, ...removed] };
}

/** @throws UserError `killed-again` when the Deployment carries another latch than the one that was seen at the start */
export function refuseNewLatch(deployment: Workload, seen: string | undefined): void {
  const latch = annotations(deployment)[ANNOTATIONS.latch];
  if (latch !== undefined && latch !== seen) throw killedAgain(latchTextSentence(latch));
}

export const killedAgain = (what: string): UserError =>
  new UserError('killed-again', `a new kill came meanwhile, and it stands: ${what}`);
