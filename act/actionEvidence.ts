import { containerNamed } from '../observe/environment';
import type { Kubectl } from '../observe/kubectl';
import { annotations, objectsIn, type Workload } from '../observe/kubeObjects';
import { readRevision } from '../observe/revision';
import { ANNOTATIONS } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { type Action, actionRecordOf } from '../rollout/action';
import { actionEventOf, writeEvent } from './events';
import { appendEvidence } from './journal';
import { writeAll } from './writeAll';

export interface ActionPlaces {
  readonly kubectl: Kubectl;
  readonly cluster: ClusterSettings;
  /** Folder of this machine's journals. */
  readonly journal: string;
  /** Folder of the code that acted. */
  readonly checkout: string;
}

/** As long as git gets: together with the 5 s of the Event nobody waits longer than 7 s. */
const READ_MS = 2_000;

/**
 * Writes down what was done: in this machine's journal, and as an Event on the Deployment. Never fails, needs no API server for
 * the journal, and is done within 7 s: what could not be written is returned, a sentence each.
 */
export async function recordAction(action: Action, places: ActionPlaces, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { kubectl, cluster, journal, checkout } = places;
  const [revision, denis] = await Promise.all([readRevision(checkout, env), readDenis(kubectl, cluster)]);
  const record = actionRecordOf(action, { revision, liveMove: denis?.move, image: denis?.image });
  return writeAll(
    [
      ['journal', () => appendEvidence(journal, record)],
      ['Event', () => writeEvent(kubectl, cluster, actionEventOf(action, denis?.uid))],
    ],
    `the ${action.kind} stands without`,
  );
}

interface Denis {
  readonly uid: string;
  readonly move: string | undefined;
  readonly image: string | undefined;
}

/** What the Deployment carries now; undefined when that cannot be read in time. */
async function readDenis(kubectl: Kubectl, { deployment, container }: ClusterSettings): Promise<Denis | undefined> {
  try {
    const signal = AbortSignal.timeout(READ_MS);
    const { code, stdout } = await kubectl(['get', `deployment/${deployment}`, '-o', 'json'], { signal });
    const [found] = code === 0 ? objectsIn(stdout) : [];
    if (found === undefined) return undefined;
    const { metadata, spec } = found as Workload;
    return {
      uid: metadata.uid,
      move: annotations(spec.template)[ANNOTATIONS.move],
      image: containerNamed(spec.template.spec, container)?.image,
    };
  } catch {
    return undefined;
  }
}
