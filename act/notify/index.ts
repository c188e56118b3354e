import type { NotifySettings } from '../../phases/notifySettings';
import type { Notification } from '../../rollout/notification';
import { none } from './none';
import type { Notifier } from './notifier';
import { type Ended, Outbox, type OutboxOptions } from './outbox';
import { slack } from './slack';
import { webhook } from './webhook';

/** Everywhere people are told what happens. */
export interface Telling {
  /** Whether there is a place at all. */
  readonly anybody: boolean;
  /** Never waits and never fails. @param ended hears whether it arrived everywhere */
  tell(news: Notification, ended?: Ended): void;
  /** Delivers what waits, for so long at most. @returns how many messages were lost by it */
  close(deadlineMs: number): Promise<number>;
}

const REQUEST_MS = 10_000;

/** @param options.secrets beside the addresses of the settings, which no message shows either */
export function startTelling(
  settings: NotifySettings,
  { secrets, ...options }: Omit<OutboxOptions, 'notifier'>,
): Telling {
  const hidden = [...secrets, settings.slack, settings.webhook].filter((one) => one !== undefined);
  const outboxes = notifiersOf(settings, options.clock).map(
    (notifier) => new Outbox({ ...options, notifier, secrets: hidden }),
  );
  return {
    anybody: settings.slack !== undefined || settings.webhook !== undefined,
    tell: (news, ended) => {
      let left = outboxes.length;
      let everywhere = true;
      for (const outbox of outboxes) {
        outbox.put(news, (arrived) => {
          everywhere &&= arrived;
          left -= 1;
          if (left === 0) ended?.(everywhere);
        });
      }
    },
    close: async (deadlineMs) => {
      const lost = await Promise.all(outboxes.map((outbox) => outbox.close(deadlineMs)));
      return lost.reduce((sum, one) => sum + one, 0);
    },
  };
}

function notifiersOf(settings: NotifySettings, clock: () => number): readonly Notifier[] {
  const destination = { timeoutMs: REQUEST_MS, clock };
  const found = [
    ...(settings.slack === undefined ? [] : [slack({ url: settings.slack, ...destination })]),
    ...(settings.webhook === undefined ? [] : [webhook({ url: settings.webhook, ...destination })]),
  ];
  return found.length === 0 ? [none] : found;
}
