import assert from 'node:assert/strict';
import { WatcherMetrics } from '../../act/page/metrics';
import { EVIDENCE_MOST, ROUTES } from '../../act/page/routes';
import { parseBaseSettings } from '../../phases/settings';
import { rulesFor } from '../../resources/roles';
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

  it('has every right that the watcher in the cluster is given', () => {
    const settings = parseBaseSettings({
      context: 'c',
      clusterUid: 'u',

      deployment: 'api',
      workers: 'jobs',
    });
    const given = rulesFor(settings)['denis-canary-watcher']!.map(({ apiGroups, resources, verbs, resourceNames }) => {
      const [group] = apiGroups as string[];
      const names = (resourceNames as string[] | undefined) ?? [];
      return [group || 'core', (resources as string[]).join(', '), (verbs as string[]).join(', '), ...names];
    });
    const documented = tableRows(watch, 'group', 'resources', 'verbs', 'of which').map((row) => {
      const [group, resources, verbs, which] = row.map((cell) => bare(cell)) as [string, string, string, string];
      const names = which.match(/canary:(?:deployment|workers)|denis-[a-z-]+/g) ?? [];
      const named = { 'canary:deployment': 'api', 'canary:workers': 'jobs' } as Record<string, string>;
      return [group, resources, verbs, ...names.map((name) => named[name] ?? name)];
    });
    assert.deepEqual(documented.map(String).sort(), given.map(String).sort());
  });
});
