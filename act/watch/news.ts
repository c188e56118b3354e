import type { Kubectl } from '../../observe/kubectl';
import type { Timing } from '../../phases/timing';
import { reasonOf } from '../../phases/userError';
import type { Judgement } from '../../rollout/assessment';
import { digestOf } from '../../rollout/digest/digest';
import { digestSvg } from '../../rollout/digest/digestSvg';
import { alertsText, digestText } from '../../rollout/digest/digestText';
import { digestLength, isOfDashboard } from '../../rollout/digestSchedule';
import { type Notification, notificationOf } from '../../rollout/notification';
import type { WatchView } from '../../rollout/page/view';
import type { WatchEvent } from '../../rollout/watchEvent';
import { tellComplete } from '../completion';
import type { Telling } from '../notify/index';
import { MOST_AGE_MS } from '../notify/outbox';
import { writeDigest } from './digestFile';

export interface NewsOptions {
  readonly telling: Telling;
  readonly kubectl: Kubectl;
  /** Who this watcher is, for the ledger. */
  readonly by: string;
  /** Address of the dashboard. */
  readonly dashboard: string | undefined;
  /** Where people reach this watcher's page; undefined where nobody said. */
  readonly page: string | undefined;
  /** Name of this machine, which has the journal. */
  readonly machine: string;
  readonly journal: string;
  /** What the last tick found. */
  readonly view: () => WatchView;
  readonly timing: Timing;
  /** ms since 1970. */
  readonly clock: () => number;
  readonly say: (sentence: string) => void;
}

/** Tries and one more request: whoever tells it knows by then whether it arrived. */
const COMPLETE_MS = MOST_AGE_MS + 60_000;

/** Makes what people are told of what the watcher says. */
export class News {
  private under: Promise<void> = Promise.resolve();

  constructor(private readonly options: NewsOptions) {}

  /** Never waits and never fails. */
  tell(event: WatchEvent, judgement: Judgement | undefined): void {
    const { telling, dashboard } = this.options;
    const news = notificationOf(event, judgement, dashboard);
    if (event.kind === 'digest') telling.tell(this.digest(event, news));
    else if (event.kind === 'complete' && telling.anybody) this.under = this.under.then(() => this.complete(news));
    else telling.tell(news);
  }

  /** Resolves when nothing is under way any more. */
  idle(): Promise<void> {
    return this.under;
  }

  private async complete(news: Notification): Promise<void> {
    const { kubectl, by, clock, say, telling } = this.options;
    const send = (): Promise<boolean> => new Promise((resolve) => telling.tell(news, resolve));
    const told = await tellComplete({ kubectl, by, clock, withinMs: COMPLETE_MS, send });
    if (told.kind !== 'told') say(`"${news.title}": ${told.sentence}`);
  }

  private digest(event: WatchEvent, news: Notification): Notification {
    const { view, timing, journal, machine, page, say } = this.options;
    try {
      const digest = digestOf(view(), digestLength(timing));
      const said = `${news.text}\n${alertsText(digest)}`;
      if (!isOfDashboard(event)) return { ...news, text: said };
      const table = digestText(digest);
      const name = writeDigest(journal, event.at, digestSvg(digest));
      if (page === undefined)
        return { ...news, text: `${said}\npicture: ${name}, in the journal on ${machine}`, table };
      return {
        ...news,
        text: said,
        table,
        link: new URL('digest.svg', page.endsWith('/') ? page : `${page}/`).href,
      };
    } catch (thrown) {
      say(`digest: ${reasonOf(thrown)}`);
      return {
        ...news,
        text: `${news.text}\nthe digest could not be drawn or written; the log of the watcher says why`,
      };
    }
  }
}
