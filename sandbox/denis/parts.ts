import type { Counters } from './counters';
import type { Fleet } from './fleet';
import type { Queue } from './queue';
import type { Effects } from './scenario';

/** What both sides of the queue work with: the chats that fill it, the jobs that empty it. */
export interface Parts {
  fleet: Fleet;
  queue: Queue;
  counters: Counters;
  effects: (pod: string) => Effects;
  /** Unix time in milliseconds. */
  now: () => number;
}
