import assert from 'node:assert/strict';
import { WatcherMetrics } from '../../act/page/metrics';
import { EVIDENCE_MOST, ROUTES } from '../../act/page/routes';
import { busyView } from '../support/watchViews';
import { page, tableRows } from './support/pages';

const bare = (cell: string): string => cell.replaceAll('`', '');

describe('docs/watch.md', () => {
  const watch = page('docs/watch.md');

  it('has every path, and how much of the evidence is served', () => {
    assert.deepEqual(
      tableRows(watch, 'path', 'what').map(([path]) => bare(path!)),
      [...ROUTES.keys()],
    );
    assert.ok(watch.text.includes(`the newest ${EVIDENCE_MOST / 1024 / 1024} MB`));
  });

  it('has every metric, with its labels', async () => {
    const text = await new WatcherMetrics().text(busyView());
    const documented = tableRows(watch, 'name', 'what');
    assert.deepEqual(
      documented.map(([name]) => bare(name!)).sort(),
      [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!).sort(),
    );
    for (const [name, what] of documented) {
      const sample = text.split('\n').find((line) => line.startsWith(`${bare(name!)}{`));
      for (const [, label] of sample?.matchAll(/[{,](\w+)=/g) ?? [])
        assert.ok(what!.includes(`\`${label}\``), `${name} ${label}`);
    }
  });
});
