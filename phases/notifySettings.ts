import { z } from 'zod';
import { fromText, parsed, type RawSettings } from './settings';
import { UserError } from './userError';

/** Where people are told what happens. Addresses of `slack` and `webhook` let anybody write there: secrets, never shown. */
export interface NotifySettings {
  readonly slack?: string | undefined;
  readonly webhook?: string | undefined;
  /** Where people reach the watcher's page, for links. */
  readonly page?: string | undefined;
}

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];
const WEB = 'expected a URL that starts with http:// or https://';
const SLACK = 'expected the https:// address of an incoming webhook';

/** Without TLS only to this machine itself, where a stand-in may listen. */
function isSlack(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.includes(hostname));
}

const isWeb = (value: string): boolean => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);

const notifyShape = {
  notify: fromText(
    z.strictObject({
      slack: z.string().refine(isSlack, SLACK).optional(),
      webhook: z.string().refine(isWeb, WEB).optional(),
      page: z.string().refine(isWeb, WEB).optional(),
    }),
  ).default({}),
} as const;

const notifySchema = z.object(notifyShape);

/**
 * Whom to tell. Nothing else reads it: a mistake here holds up no move, and no way down.
 * @param slackWebhook variable SLACK_WEBHOOK, which goes before the setting; an empty one is none
 * @throws UserError `settings` naming what was expected, never what was found
 */
export function parseNotifySettings(raw: RawSettings, slackWebhook: string | undefined): NotifySettings {
  const { notify } = parsed(notifySchema, raw);
  if (slackWebhook === undefined || slackWebhook === '') return notify;
  if (!isSlack(slackWebhook)) throw new UserError('settings', `SLACK_WEBHOOK: ${SLACK}; found another value`);
  return { ...notify, slack: slackWebhook };
}
