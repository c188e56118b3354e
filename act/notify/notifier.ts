import { UserError } from '../../phases/userError';
import type { Notification } from '../../rollout/notification';

/** One place where people read news. */
export interface Notifier {
  /** Where, for sentences: `Slack`. */
  readonly name: string;
  /**
   * Tries once, within 10 s.
   * @param message as {@link fitToSend} makes it
   * @throws PassingFailure when another try may help
   * @throws Refusal when none will
   */
  notify(message: Notification, signal?: AbortSignal): Promise<void>;
}

/** A failure that may pass, and how long the other side asks to wait. */
export class PassingFailure extends UserError {
  constructor(
    message: string,
    readonly waitMs?: number,
  ) {
    super('notify', message);
  }
}

/** The other side does not want this message, or any from us. */
export class Refusal extends UserError {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super('notify', message);
  }
}
