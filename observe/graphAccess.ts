import type { GraphSettings } from '../phases/graphSettings';
import { reasonOf } from '../phases/userError';
import { type Reading, read, unreadable } from '../rollout/cluster';
import { complaint, type Kubectl } from './kubectl';
import { objectsIn } from './kubeObjects';

/** Where Neo4j is, and as whom it is read. The password goes nowhere else. */
export interface GraphAccess {
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  readonly database?: string;
}

type Found = Readonly<Record<string, string | undefined>>;

/**
 * User and password from NEO4J_USER and NEO4J_PASSWORD of the environment, else from the Secret that the setting names; never one from
 * here and one from there.
 * @returns what is missing, in one sentence without any value
 */
export async function graphAccess(
  { uri, secret, database }: Pick<GraphSettings, 'uri' | 'secret' | 'database'>,
  env: NodeJS.ProcessEnv,
  kubectl: Kubectl,
): Promise<Reading<GraphAccess>> {
  const own = env['NEO4J_PASSWORD'] !== undefined && env['NEO4J_PASSWORD'] !== '';
  if (!own && secret === undefined)
    return unreadable(
      'Neo4j: no password; set NEO4J_USER and NEO4J_PASSWORD, or name a Secret with them by canary:graph, field secret',
    );
  const from = own ? read<Found>(env) : await readSecret(secret!, kubectl);
  if (from.kind === 'unreadable') return from;
  const { NEO4J_URI, NEO4J_USER, NEO4J_PASSWORD } = from.value;
  const where = (own ? NEO4J_URI || uri : uri || NEO4J_URI) || undefined;
  const place = own ? 'the environment' : `Secret ${secret}`;
  if (where === undefined)
    return unreadable(`Neo4j: no address; set field uri of canary:graph, or NEO4J_URI in ${place}`);
  if (!NEO4J_USER || !NEO4J_PASSWORD)
    return unreadable(`Neo4j: ${place} lacks ${NEO4J_USER ? 'NEO4J_PASSWORD' : 'NEO4J_USER'}`);
  return read({
    uri: where,
    user: NEO4J_USER,
    password: NEO4J_PASSWORD,
    ...(database === undefined ? {} : { database }),
  });
}

async function readSecret(name: string, kubectl: Kubectl): Promise<Reading<Found>> {
  try {
    const result = await kubectl(['get', 'secret', name, '-o', 'json']);
    if (result.code !== 0) return unreadable(`Neo4j: Secret ${name} cannot be read: ${complaint(result)}`);
    const data = objectsIn(result.stdout)[0]?.data ?? {};
    return read(
      Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])),
    );
  } catch (thrown) {
    return unreadable(`Neo4j: Secret ${name} cannot be read: ${reasonOf(thrown)}`);
  }
}
