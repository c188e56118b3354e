import assert from 'node:assert/strict';
import { unixSeconds } from '../../phases/units';
import { TITLES } from '../../rollout/notification';
import { eventOf, type WatchEventKind } from '../../rollout/watchEvent';
import { page, tableRows } from './support/pages';

describe('docs/notifications.md', () => {
  it('has everything that is said, and how loudly', () => {
    const rows = tableRows(page('docs/notifications.md'), 'title', 'severity', 'when');
    const news = (kind: WatchEventKind) => eventOf({ kind, at: unixSeconds(0), stack: '', sentence: '', key: '' });
    assert.deepEqual(
      rows.map(([title, severity]) => [title!.replaceAll('`', ''), severity]),
      Object.entries(TITLES).map(([kind, title]) => [title, news(kind as WatchEventKind).severity]),
    );
  });
});
