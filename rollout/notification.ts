import type { Judgement } from './assessment';
import { formatTime } from './format';
import { clipped, plainText, shortened } from './plainText';
import { redacted } from './redacted';
import { table } from './table';
import type { Severity, WatchEvent, WatchEventKind } from './watchEvent';
import { webAddress } from './webAddress';

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

export const TITLES: Readonly<Record<WatchEventKind, string>> = {
  'promotion-possible': 'promotion possible',
  promoted: 'promoted',
  // The plan's own words, which name no phase.
  complete: 'Materializers 100% rollout complete',
  digest: '72 h watch',
  'hold-long': 'held for long',
  'warning-started': 'warning',
  'warning-ended': 'warning over',
  rollback: 'ROLLBACK',
  emergency: 'EMERGENCY',
  'off-confirmed': 'off, confirmed',
  recovered: 'recovered',
  'not-recovered': 'not recovered',
  blind: 'blind',
  'page-blind': 'still blind',
  'sees-again': 'not blind any more',
  'latch-broken': 'latched off, but not off',
  'kill-completed': 'kill completed',
  'moves-differ': 'moves differ',
};

/**
 * What a watcher says, with its time, for it may come late, and with the table that people see everywhere else.
 * @param judgement undefined where nothing could be judged
 * @param dashboard its address
 */
export function notificationOf(
  { kind, at, stack, sentence, severity, key }: WatchEvent,
  judgement: Judgement | undefined,
  dashboard: string | undefined,
): Notification {
  return {
    key,
    severity,
    title: kind === 'complete' ? TITLES[kind] : `${stack}: ${TITLES[kind]}`,
    text: `${sentence}\n${formatTime(at, 'seconds')}`,
    ...(judgement === undefined ? {} : { table: table(judgement) }),
    ...(dashboard === undefined ? {} : { link: dashboard }),
  };
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
