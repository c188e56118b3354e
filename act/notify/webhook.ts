import type { Notifier } from './notifier';
import { type Destination, post } from './post';

/** Any HTTP server that takes the notification as JSON, field by field; every status from 200 to 299 means that it has it. */
export function webhook(destination: Omit<Destination, 'name'>): Notifier {
  const name = 'webhook';
  return {
    name,
    notify: async (message, signal) => {
      await post({ name, ...destination }, message, signal);
    },
  };
}
