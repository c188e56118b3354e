import type { Notification } from '../../rollout/notification';
import { clipped } from '../../rollout/plainText';
import type { Severity } from '../../rollout/watchEvent';
import { type Notifier, PassingFailure, Refusal } from './notifier';
import { type Destination, post } from './post';

/** Seen in a list of channels and on a phone, before anything is read. */
const MARKS: Readonly<Record<Severity, string>> = { info: '🟢', warning: '🟠', page: '🔴' };

export interface SlackMessage {
  /** For where blocks are not shown; marked up. */
  readonly text: string;
  readonly blocks: readonly object[];
  readonly mrkdwn: false;
  readonly parse: 'none';
  readonly link_names: false;
  readonly unfurl_links: false;
}

/** Characters of the preview that a phone shows, before they are escaped. */
const MOST_PREVIEW = 500;

/** An incoming webhook of Slack. Source: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slack(destination: Omit<Destination, 'name'>): Notifier {
  const to = { name: 'Slack', ...destination };
  return {
    name: to.name,
    notify: async (message, signal) => {
      const { blocks, ...bare } = slackMessage(message);
      const answer = await post(to, { ...bare, blocks }, signal).catch((thrown: unknown) => {
        // Not all limits of blocks are documented: the news alone is better than none.
        if (thrown instanceof Refusal && thrown.status === 400) return post(to, bare, signal);
        throw thrown;
      });
      // A proxy's own page has status 200 too.
      if (answer.body.trim() !== 'ok') throw new PassingFailure(`Slack answers ${answer.status}, but not "ok"`);
    },
  };
}

/**
 * A message of blocks. Title, text and table are elements that know no markup: no mention, no link and no format comes out of
 * them. Slack's limits, which a message that is fit to send keeps: 150 characters of a header, 3,000 of a text, 50 blocks, and
 * about 13,000 characters of all blocks.
 */
export function slackMessage({ severity, title, text, table, link }: Notification): SlackMessage {
  const heading = `${MARKS[severity]} ${title}`;
  const blocks = [
    { type: 'header', text: plain(heading) },
    ...(text === '' ? [] : [{ type: 'section', text: plain(text) }]),
    ...(table === undefined || table === '' ? [] : [preformatted(table)]),
    ...(link === undefined ? [] : [{ type: 'context', elements: [dashboard(link)] }]),
  ];
  const preview = escaped(clipped(`${heading}\n${text}`.trimEnd(), MOST_PREVIEW));
  return { text: preview, blocks, mrkdwn: false, parse: 'none', link_names: false, unfurl_links: false };
}

const plain = (text: string): object => ({ type: 'plain_text', text, emoji: false });

const preformatted = (text: string): object => ({
  type: 'rich_text',
  elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }],
});

const dashboard = (link: string): object => ({ type: 'mrkdwn', text: `<${escaped(link)}|Dashboard>`, verbatim: true });

/** The three characters that begin a mention, a link or an entity. Source: https://docs.slack.dev/messaging/formatting-message-text */
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
