import { spawnSync } from 'node:child_process';
import { type JobSeries, jobSeries } from '../act/killSwitch/lookout';
import type { CeleryTarget } from '../observe/celery';
import type { CelerySettings } from '../phases/celerySettings';
import { parseRedisUrl, redisName } from '../phases/redisUrl';
import { type ClusterSettings, parseClusterSettings, parseSettings, type RawSettings } from '../phases/settings';
import { reasonOf, UserError } from '../phases/userError';
import { decryptedSettings, isEncrypted, readStackSettings } from './stackSettings';

/** What a kill works with, however broken the settings are. */
export interface KillSettings {
  /** `clusterUid` is empty where none is pinned. */
  readonly cluster: ClusterSettings;
  readonly redis: () => Promise<string>;
  /** Nobody said which Redis Denis reads: then the flag alone confirms nothing. */
  readonly redisAssumed: boolean;
  /** For people, without user and password. */
  readonly redisName: string;
  readonly chat: string | undefined;
  /** Celery with its broker; undefined where it is not configured. Decrypted only when it is asked for. */
  readonly celery: () => Promise<CeleryTarget | undefined>;
  readonly series: JobSeries;
  /** What of the settings could not be used, and what is used in its place. */
  readonly notes: readonly string[];
}

/** Where the plan's `redis-cli` goes. */
const ASSUMED_REDIS = 'redis://localhost:6379';

/** The keys that matter to a kill; a mistake in any other is nothing to it. */
const KEYS = [
  ...['context', 'clusterUid', 'namespace', 'deployment', 'container', 'workers', 'port', 'podAccess', 'journal'],
  ...['redis', 'chat', 'metrics', 'matchers', 'celery'],
];

/** The least that all settings need, so that one key can be looked at alone. */
const ALONE: RawSettings = {
  context: 'any',
  clusterUid: 'any',
  prometheus: 'http://any',
  redis: 'redis://any',
  chat: 'http://any',
};

/** Reads key by key what can be read; everything else becomes a built-in default and a note. Never throws. */
export function readKillSettings(stack: string, env: NodeJS.ProcessEnv): KillSettings {
  const notes: string[] = [];
  const raw = readRaw(stack, env, notes);
  const kept = Object.fromEntries(KEYS.flatMap((key) => keep(key, raw[key], notes)));
  const context = (kept['context'] as string | undefined) ?? currentContext(env, notes);
  const clusterUid = (kept['clusterUid'] as string | undefined) ?? '';
  if (clusterUid === '') notes.push('canary:clusterUid is not there: whatever cluster the context names is meant');
  const { redis, chat, ...rest } = kept as { readonly redis?: string; readonly chat?: string };
  const encrypted = isEncrypted(raw['redis']);
  if (redis === undefined && !encrypted) notes.push(`canary:redis is not there: ${ASSUMED_REDIS} is assumed`);
  return {
    // Parsed with a UID in its place, because an empty one is none to the parser.
    cluster: { ...parseClusterSettings({ ...rest, context: 'any', clusterUid: 'any' }), context, clusterUid },
    redis: encrypted ? decryptedRedis(stack, env) : async () => redis ?? ASSUMED_REDIS,
    redisAssumed: redis === undefined && !encrypted,
    redisName: encrypted ? 'Redis of an encrypted setting' : redisName(parseRedisUrl(redis ?? ASSUMED_REDIS)),
    chat,
    celery: celeryOf(stack, env, raw, kept['celery'], redis),
    series: seriesOf(rest),
    notes,
  };
}

function readRaw(stack: string, env: NodeJS.ProcessEnv, notes: string[]): RawSettings {
  try {
    return readStackSettings(stack, env);
  } catch (thrown) {
    notes.push(reasonOf(thrown));
    return {};
  }
}

/** One key, if it can be used as it is written; what is encrypted is not looked at here. */
function keep(key: string, value: unknown, notes: string[]): [string, unknown][] {
  if (value === undefined || (['redis', 'celery'].includes(key) && isEncrypted(value))) return [];
  try {
    parseSettings({ ...ALONE, [key]: value });
    return [[key, value]];
  } catch (thrown) {
    notes.push(`${reasonOf(thrown)}; it is left out`);
    return [];
  }
}

/** Begun at once, so that the flag waits as little as it can. */
function decryptedRedis(stack: string, env: NodeJS.ProcessEnv): () => Promise<string> {
  const reading = decryptedSettings(stack, env).then((raw) => {
    const redis = raw['redis'];
    if (typeof redis === 'string') return redis;
    throw new UserError('settings', 'canary:redis is encrypted, and `pulumi config` does not show it');
  });
  reading.catch(() => {});
  return () => reading;
}

/** Looked at after the kill alone: nothing waits for it. */
function celeryOf(
  stack: string,
  env: NodeJS.ProcessEnv,
  raw: RawSettings,
  kept: unknown,
  redis: string | undefined,
): KillSettings['celery'] {
  const encrypted = isEncrypted(raw['celery']) || (kept !== undefined && isEncrypted(raw['redis']));
  return async () => {
    if (!encrypted) return targetOf(parseSettings({ ...ALONE, celery: kept }).celery, redis);
    const { celery, redis: shown } = await decryptedSettings(stack, env);
    return targetOf(parseSettings({ ...ALONE, celery }).celery, typeof shown === 'string' ? shown : undefined);
  };
}

function targetOf(settings: CelerySettings | undefined, redis: string | undefined): CeleryTarget | undefined {
  return settings && { settings, broker: settings.broker ?? redis ?? ASSUMED_REDIS };
}

function currentContext(env: NodeJS.ProcessEnv, notes: string[]): string {
  const { stdout } = spawnSync('kubectl', ['config', 'current-context'], { env, encoding: 'utf8', timeout: 2_000 });
  const context = stdout?.trim() ?? '';
  notes.push(
    `canary:context is not there: the kubeconfig's current one is used, ${context === '' ? 'but it has none' : context}`,
  );
  return context;
}

function seriesOf(kept: RawSettings): JobSeries {
  try {
    return jobSeries(parseSettings({ ...ALONE, ...kept }).metrics);
  } catch {
    return jobSeries();
  }
}
