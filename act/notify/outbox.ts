import { reasonOf } from '../../phases/userError';
import { fitToSend, type Notification } from '../../rollout/notification';
import { redacted } from '../../rollout/redacted';
import type { Severity } from '../../rollout/watchEvent';
import { type Notifier, PassingFailure } from './notifier';

export interface OutboxOptions {
  readonly notifier: Notifier;
  /** Texts that leave this process in no message. */
  readonly secrets: readonly string[];
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Waits; ends early, in whatever way, with the signal. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** One sentence, without secrets, whenever a message is lost or whether messages arrive changes. Must not throw. */
  readonly say: (sentence: string) => void;
}

/** The same news within it is told once, unless it has become more severe. */
export const TOLD_ONCE_MS = 10 * 60_000;
/** News that could not be told for so long is given up. */
export const MOST_AGE_MS = 60 * 60_000;
export const MOST_WAITING = 100;
const FIRST_PAUSE_MS = 1_000;
const MOST_PAUSE_MS = 60_000;
/** A server that asks for more is tried again nevertheless: pages wait behind it. */
const MOST_ASKED_MS = 5 * 60_000;

const ENDING = 'this program is ending';

/** From the most urgent on. */
const SEVERITIES: readonly Severity[] = ['page', 'warning', 'info'];

/** Hears whether a message arrived, once. One that a newer message of the same key replaces hears nothing. */
export type Ended = (arrived: boolean) => void;

interface Waiting {
  readonly message: Notification;
  readonly since: number;
  readonly ended: Ended;
}

const NOBODY: Ended = () => {};

/**
 * Messages on their way to one place, one after the other, pages first, else in their order. Nobody waits for it: what cannot be
 * delivered is tried again with growing pauses, and is said when it is lost.
 */
export class Outbox {
  private readonly waiting = new Map<string, Waiting>();
  private readonly told = new Map<string, { readonly at: number; readonly severity: Severity }>();
  private working: Promise<void> | undefined;
  /** Tries in a row that failed: the place is down, whatever the message. */
  private failures = 0;
  private problem: string | undefined;
  private sending: Waiting | undefined;
  /** Ends the pause between two tries; undefined where the other side asked for it, and while there is none. */
  private hurry: (() => void) | undefined;
  private readonly over = new AbortController();

  constructor(private readonly options: OutboxOptions) {}

  /** Takes a message and returns at once, whatever it is. */
  put(news: Notification, ended: Ended = NOBODY): void {
    const message = fitToSend(news, this.options.secrets);
    const { key } = message;
    if (this.wasTold(message)) {
      ended(true);
      return;
    }
    const waiting = { message, since: this.options.clock(), ended };
    if (this.over.signal.aborted) {
      this.lose(waiting, ENDING);
      return;
    }
    this.waiting.set(key, waiting);
    if (this.waiting.size > MOST_WAITING) this.dropOne();
    if (message.severity === 'page') this.hurry?.();
    this.start();
  }

  /**
   * Delivers what waits, for so long at most, and ends.
   * @returns how many messages were lost by it
   */
  async close(deadlineMs: number): Promise<number> {
    this.failures = 0;
    this.hurry?.();
    const done = new AbortController();
    await Promise.race([this.idle(), this.options.pause(deadlineMs, done.signal).catch(() => {})]);
    done.abort();
    this.over.abort();
    await this.idle();
    const lost = [...this.waiting.values()];
    for (const one of lost) this.lose(one, ENDING);
    this.waiting.clear();
    return lost.length;
  }

  private start(): void {
    this.working ??= this.work().finally(() => {
      this.working = undefined;
      if (this.waiting.size > 0 && !this.over.signal.aborted) this.start();
    });
  }

  private async idle(): Promise<void> {
    while (this.working !== undefined) await this.working;
  }

  private async work(): Promise<void> {
    while (!this.over.signal.aborted) {
      this.giveUpOld();
      const next = this.next();
      if (next === undefined) return;
      this.sending = next;
      const failure = await this.attempt(next.message);
      this.sending = undefined;
      if (failure === undefined) this.delivered(next);
      else if (!(failure instanceof PassingFailure)) this.refused(next, reasonOf(failure));
      else await this.rest(failure);
    }
  }

  /** @returns what was thrown; undefined when it was delivered */
  private async attempt(message: Notification): Promise<unknown> {
    try {
      await this.options.notifier.notify(message, this.over.signal);
      return undefined;
    } catch (thrown) {
      return thrown ?? 'it failed';
    }
  }

  private next(): Waiting | undefined {
    const all = [...this.waiting.values()];
    return all.find(({ message }) => message.severity === 'page') ?? all[0];
  }

  private delivered(sent: Waiting): void {
    const { notifier, clock } = this.options;
    const { key, severity } = sent.message;
    const at = clock();
    for (const [other, { at: then }] of this.told) if (at - then >= TOLD_ONCE_MS) this.told.delete(other);
    this.told.set(key, { at, severity });
    const now = this.waiting.get(key);
    if (now === sent || (now !== undefined && this.wasTold(now.message))) this.waiting.delete(key);
    sent.ended(true);
    this.failures = 0;
    if (this.problem !== undefined) this.say(`notifications reach ${notifier.name} again`);
    this.problem = undefined;
  }

  private refused(sent: Waiting, reason: string): void {
    if (this.waiting.get(sent.message.key) === sent) this.waiting.delete(sent.message.key);
    this.lose(sent, reason);
  }

  private async rest({ message, waitMs = 0 }: PassingFailure): Promise<void> {
    const { notifier, pause } = this.options;
    if (this.over.signal.aborted) return;
    if (message !== this.problem)
      this.say(`a notification did not reach ${notifier.name} and is tried again: ${message}`);
    this.problem = message;
    const own = Math.min(MOST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures++);
    const asked = Math.min(MOST_ASKED_MS, waitMs);
    const rest = new AbortController();
    const end = (): void => rest.abort();
    this.over.signal.addEventListener('abort', end);
    if (asked === 0) this.hurry = end;
    await pause(Math.max(own, asked), rest.signal).catch(() => {});
    this.hurry = undefined;
    this.over.signal.removeEventListener('abort', end);
  }

  private wasTold({ key, severity }: Notification): boolean {
    const told = this.told.get(key);
    if (told === undefined || this.options.clock() - told.at >= TOLD_ONCE_MS) return false;
    return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(told.severity);
  }

  private giveUpOld(): void {
    const now = this.options.clock();
    for (const [key, one] of this.waiting) {
      if (now - one.since < MOST_AGE_MS) continue;
      this.waiting.delete(key);
      this.lose(one, `for an hour: ${this.problem ?? 'others were first'}`);
    }
  }

  /** The oldest of the least urgent ones; what is being sent may still arrive. */
  private dropOne(): void {
    const all = [...this.waiting.values()].filter((one) => one !== this.sending);
    const least = Math.max(...all.map(({ message }) => SEVERITIES.indexOf(message.severity)));
    const dropped = all.find(({ message }) => message.severity === SEVERITIES[least])!;
    this.waiting.delete(dropped.message.key);
    this.lose(dropped, `more than ${MOST_WAITING} are waiting`);
  }

  private lose({ message, ended }: Waiting, reason: string): void {
    this.say(`not told to ${this.options.notifier.name}: "${message.title}" (${reason})`);
    ended(false);
  }

  private say(sentence: string): void {
    this.options.say(redacted(sentence, this.options.secrets));
  }
}
