import { type NotifySettings, parseNotifySettings } from './notifySettings';
import { parseRedisUrl } from './redisUrl';
import { isOfBase, parseBaseSettings, parseSettings, type RawSettings, type Settings } from './settings';
import { UserError } from './userError';

/** The watcher as stack `base` declares it in the cluster. */
export interface InClusterWatcher {
  readonly image: string;
  /** PersistentVolumeClaim of its journal. */
  readonly volume: string | undefined;
  /** What it runs with: may hold secrets. */
  readonly raw: RawSettings;
  readonly settings: Settings;
  readonly notify: NotifySettings;
}

/**
 * What a watcher in the cluster needs: all that a phase needs. Nothing of it is looked at while `canary:watcherImage` is not set.
 * @throws UserError `settings` naming each key, what was expected and what was found
 */
export function parseInClusterWatcher(raw: RawSettings): InClusterWatcher | undefined {
  const { watcherImage: image, watcherVolume: volume } = parseBaseSettings(raw);
  if (image === undefined) return undefined;
  const own = ownSettings(raw);
  const settings = parseSettings(own);
  if (settings.source.kind === 'endpoint') {
    throw new UserError(
      'settings',
      'canary:watcherImage: source endpoint keeps its samples on one machine, where a watcher in the cluster finds none; expected source prometheus, or no canary:watcherImage and npm run watch on that machine',
    );
  }
  if (settings.watcher.kind === 'external') {
    throw new UserError(
      'settings',
      'canary:watcherImage: canary:watcher names another system that watches; expected canary:watcher own here and in every phase, or no canary:watcherImage',
    );
  }
  return { image, volume, raw: own, settings, notify: parseNotifySettings(own, undefined) };
}

/** Those of the stack, but for what is otherwise inside a pod: the way to the pods of Denis, and the folder of the journal. */
function ownSettings(raw: RawSettings): RawSettings {
  const kept = Object.entries(raw).filter(([key]) => !isOfBase(key) && key !== 'journal');
  return { ...Object.fromEntries(kept), podAccess: 'direct' };
}

/** The settings that lead to the machine itself: right on a laptop, and wrong in a pod. */
export function loopbackKeys({ source, chat, redis }: Settings): readonly string[] {
  const { at } = parseRedisUrl(redis);
  const hosts: Readonly<Record<string, readonly string[]>> = {
    prometheus: source.kind === 'prometheus' ? [new URL(source.url).hostname] : [],
    chat: [new URL(chat).hostname],
    redis: 'host' in at ? [at.host] : at.sentinels.map(({ host }) => host),
  };
  const isLoopback = (host: string): boolean => /^(localhost|127\.[\d.]+|\[?::1\]?)$/i.test(host);
  return Object.entries(hosts).flatMap(([key, list]) => (list.some(isLoopback) ? [`canary:${key}`] : []));
}
