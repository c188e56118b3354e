import { parseSettings, type RawSettings, type Settings } from '../../phases/settings';

/** The least a stack must set, as YAML hands it over. */
export const LEAST_SETTINGS: RawSettings = {
  context: 'production',
  clusterUid: '6a1b7c1e-0000-4000-8000-1234567890ab',
  prometheus: 'http://prometheus.test:9090',
  redis: 'redis://redis.test:6379',
  chat: 'http://denis.test:8084/chat',
};

const parsed = new Map<string, Settings>();

/** Valid settings with some of their own; the same ones are read once, for the sake of properties. */
export function validSettings(own: RawSettings = {}): Settings {
  const key = JSON.stringify(own);
  const settings = parsed.get(key) ?? parseSettings({ ...LEAST_SETTINGS, ...own });
  parsed.set(key, settings);
  return settings;
}
