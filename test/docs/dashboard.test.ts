import assert from 'node:assert/strict';
import { DASHBOARD_LINES } from '../../phases/dashboard-lines';
import { formatLimit } from '../../phases/format-limit';
import { parseBaseSettings } from '../../phases/settings';
import { dashboardModel } from '../../resources/dashboardModel';
import { page, tableRows } from './support/pages';

const { monitoring } = parseBaseSettings({ context: 'x', clusterUid: 'x', dashboard: true });

describe('docs/dashboard.md', () => {
  const [plan] = tableRows(page('docs/dashboard.md'), 'part', 'what it shows');

  it("names the plan's limits as the dashboard draws them", () => {
    const absolute = DASHBOARD_LINES.filter(({ limit }) => limit.kind === 'absolute');
    assert.equal(absolute.length, 4);
    for (const spec of absolute) assert.ok(plan?.[1]?.includes(formatLimit(spec)), formatLimit(spec));
  });

  it('explains every mark', () => {
    const marks = tableRows(page('docs/dashboard.md'), 'mark', 'means').map(([mark]) => mark);
    assert.equal(marks.length, dashboardModel(monitoring!).annotations?.list?.length);
  });
});
