import { setTimeout as pause } from 'node:timers/promises';
import { startTelling, type Telling } from '../act/notify/index';
import type { NotifySettings } from '../phases/notifySettings';
import type { Settings } from '../phases/settings';

/** Tells people in real time; the password of Redis is shown to none. @param say what did not arrive, a sentence */
export const tellingOf = (notify: NotifySettings, { redis }: Settings, say: (sentence: string) => void): Telling =>
  startTelling(notify, {
    secrets: [redis],
    clock: Date.now,
    pause: (ms, signal) => pause(ms, undefined, { signal }),
    say,
  });
