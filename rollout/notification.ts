import type { Judgement } from './assessment';
import { clipped, plainText, shortened } from './plainText';
import { redacted } from './redacted';
import { table } from './table';
import { webAddress } from './webAddress';

export type Severity = 'info' | 'warning' | 'page';

/** One thing that people are told, wherever they read it. All of it is text, none is markup. */
export interface Notification {
  /** What is told: the same key is the same news, and a newer message of it replaces one that waits. */
  readonly key: string;
  readonly severity: Severity;
  readonly title: string;
  readonly text: string;
  /** Lines with aligned columns. */
  readonly table?: string;
  readonly link?: string;
}

/** UTF-16 units, so that a message fits everywhere: Slack takes 150 in a header and 3,000 in a text. */
const MOST_TITLE = 140;
const MOST_TEXT = 3_000;
const MOST_KEY = 300;
const MOST_LINK = 2_000;
/** Nothing behind it is looked at: it would not be shown, and searching it takes time. */
const MOST_READ = 50_000;

/** News with the table of the judgement behind it, which is what people see everywhere else. */
export function notificationOf(
  { key, severity, title, sentence }: Pick<Notification, 'key' | 'severity' | 'title'> & { readonly sentence: string },
  judgement: Judgement | undefined,
): Notification {
  const news = { key, severity, title, text: sentence };
  if (judgement === undefined) return news;
  const { grafana } = judgement;
  return { ...news, table: table(judgement), ...(grafana === undefined ? {} : { link: grafana }) };
}

/** The same as it may leave this process: without secrets and invisible characters, of bounded length, with a link that is one. */
export function fitToSend({ table: lines, link, ...news }: Notification, secrets: readonly string[]): Notification {
  const show = (text: string): string => redacted(plainText(text.slice(0, MOST_READ)), secrets);
  const line = (text: string, most: number): string => clipped(show(text).replace(/\s+/g, ' ').trim(), most);
  const several = (text: string): string => shortened(show(text).trimEnd(), MOST_TEXT, '… shortened');
  const address = link === undefined ? undefined : webAddress(show(link));
  return {
    key: line(news.key, MOST_KEY),
    severity: news.severity,
    title: line(news.title, MOST_TITLE),
    text: several(news.text),
    ...(lines === undefined ? {} : { table: several(lines) }),
    ...(address === undefined || address.length > MOST_LINK ? {} : { link: address }),
  };
}
