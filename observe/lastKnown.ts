import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ClusterSettings } from '../phases/settings';
import { type UnixSeconds, unixSeconds } from '../phases/units';
import type { PodState } from '../rollout/cluster';
import { journalFolder } from './journalFolder';
import type { PodAddress } from './podAccess';

const schema = z.object({
  /** Unix seconds. */
  at: z.number().transform(unixSeconds),
  /** UID of the cluster that was read: a journal may be shared by several. */
  cluster: z.string(),
  pods: z.array(z.object({ name: z.string(), ip: z.string() })),
  token: z.string().optional(),
});

/** The Ready pods and the kill switch's token as they were last read: what a kill has while the API server is down. */
export interface LastKnown {
  readonly at: UnixSeconds;
  readonly pods: readonly PodAddress[];
  /** A secret: used, never shown. */
  readonly token: string | undefined;
}

type ReadNow = Omit<LastKnown, 'pods'> & { readonly pods: readonly PodState[] };
type Place = Pick<ClusterSettings, 'journal' | 'clusterUid'>;

/** A file of its own for each cluster, for its owner alone. */
const fileOf = (place: Place, env: NodeJS.ProcessEnv): string =>
  path.join(journalFolder(place, env), `last-known-${place.clusterUid.replace(/[^\w.-]/g, '_')}.json`);

/** @returns undefined without a file, or with one that cannot be used */
export function readLastKnown(place: Place, env: NodeJS.ProcessEnv): LastKnown | undefined {
  if (place.clusterUid === '') return undefined;
  try {
    const { cluster, token, ...known } = schema.parse(JSON.parse(readFileSync(fileOf(place, env), 'utf8')));
    return cluster === place.clusterUid ? { ...known, token } : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers a reading in one step, so that no reader meets half a file. What cannot be written is no harm to anybody now. */
export function rememberPods(place: Place, env: NodeJS.ProcessEnv, { at, pods, token }: ReadNow): void {
  const reachable = pods.flatMap(({ name, ip, ready }) => (ip === undefined || !ready ? [] : [{ name, ip }]));
  if (place.clusterUid === '' || reachable.length === 0) return;
  const text = JSON.stringify({
    at,
    cluster: place.clusterUid,
    pods: reachable,
    ...(token !== undefined && { token }),
  });
  try {
    const file = fileOf(place, env);
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const fresh = `${file}.${process.pid}`;
    writeFileSync(fresh, text, { mode: 0o600 });
    renameSync(fresh, file);
  } catch {
    // A folder that cannot be written: the next kill does without.
  }
}
