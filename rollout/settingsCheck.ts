import { phaseNamed } from '../phases/ladder';
import { parseNotifySettings } from '../phases/notifySettings';
import { parseClusterSettings, parseSettings, type RawSettings } from '../phases/settings';
import { reasonOf, UserError } from '../phases/userError';

/** Whether the settings of a stack can be used at all. */
export type SettingsCheck =
  | { readonly kind: 'valid'; readonly grafana: string | undefined }
  | { readonly kind: 'invalid'; readonly reason: string };

/** What stands for an encrypted value, which cannot be looked at without the passphrase. */
const STAND_INS: Readonly<Record<string, string>> = {
  context: 'encrypted',
  clusterUid: 'encrypted',
  prometheus: 'http://encrypted.invalid',
  redis: 'redis://encrypted.invalid',
  chat: 'http://encrypted.invalid',
  grafana: 'http://encrypted.invalid',
};

/**
 * Checks settings as they stand in a stack's file, without engine, cluster or passphrase. An encrypted value counts as
 * one of the right form.
 * @param readRaw may throw as `parseSettings` does: a file that cannot be read is a wrong setting too
 */
export function checkSettings(stack: string, readRaw: () => RawSettings): SettingsCheck {
  try {
    const raw = withStandIns(readRaw());
    parseNotifySettings(raw, undefined);
    if (phaseNamed(stack) === undefined) {
      parseClusterSettings(raw);
      return { kind: 'valid', grafana: undefined };
    }
    const { grafana } = parseSettings(raw);
    return { kind: 'valid', grafana: grafana === STAND_INS['grafana'] ? undefined : grafana };
  } catch (thrown) {
    if (thrown instanceof UserError && thrown.code === 'settings') return { kind: 'invalid', reason: reasonOf(thrown) };
    throw thrown;
  }
}

function withStandIns(raw: RawSettings): RawSettings {
  return Object.fromEntries(
    Object.entries(raw).flatMap(([key, value]) => {
      if (!isEncrypted(value)) return [[key, withoutEncrypted(value)]];
      const standIn = STAND_INS[key];
      return standIn === undefined ? [] : [[key, standIn]];
    }),
  );
}

/** Inside of a map an encrypted value is left out: nothing there is required by itself. */
function withoutEncrypted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (isEncrypted(inner) ? [] : [[key, withoutEncrypted(inner)]])),
  );
}

/** How Pulumi writes an encrypted value into a stack's file. */
function isEncrypted(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).join() === 'secure' &&
    typeof (value as { secure: unknown }).secure === 'string'
  );
}
