import { rmSync } from 'node:fs';
import { isRunning, signalProcess } from './processIdentity';
import { type ProcessList, readProcessList } from './processList';
import { waitFor } from './waitFor';

const OWNER_STOPS_WITHIN_MS = 20_000;

export function sandboxRunsIn(folder: string): boolean {
  const list = readProcessList(folder);
  return list !== undefined && [list.owner ?? [], list.started].flat().some(isRunning);
}

/**
 * Ends what the sandbox in this folder started: asks its owner, and ends the recorded processes itself when the owner
 * is gone or does not answer. @returns false when no sandbox was started there or it has ended already.
 */
export async function stopSandboxIn(folder: string): Promise<boolean> {
  const list = readProcessList(folder);
  if (list === undefined) return false;
  if (!sandboxRunsIn(folder)) {
    if (list.temporary) rmSync(folder, { recursive: true, force: true });
    return false;
  }
  if (list.owner !== undefined && signalProcess(list.owner, 'SIGTERM')) {
    const ended = () => Promise.resolve(ownerRuns(list) ? undefined : true);
    await waitFor(ended, { what: `the owner of ${folder} to end`, deadlineMs: OWNER_STOPS_WITHIN_MS }).catch(() => {});
  }
  // The list may have grown or shrunk meanwhile; it is gone with the folder when the owner did its work.
  const rest = readProcessList(folder);
  if (rest === undefined) return true;
  const left = [rest.owner ?? [], rest.started].flat();
  for (const identity of left) signalProcess(identity, 'SIGKILL');
  const gone = () => Promise.resolve(left.some(isRunning) ? undefined : true);
  await waitFor(gone, { what: `the processes of ${folder} to end`, deadlineMs: 5_000 });
  if (rest.temporary) rmSync(folder, { recursive: true, force: true });
  return true;
}

function ownerRuns({ owner }: ProcessList): boolean {
  return owner !== undefined && isRunning(owner);
}
