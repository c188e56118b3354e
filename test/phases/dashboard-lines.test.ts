import assert from 'node:assert/strict';
import { DASHBOARD_LINES } from '../../phases/dashboard-lines';
import { formatLimit } from '../../phases/format-limit';

describe('phases/dashboard-lines', () => {
  it("are the plan's five: success, p99, queue, errors and chat against its baseline", () => {
    assert.deepEqual(
      DASHBOARD_LINES.map((spec) => `${spec.title} ${formatLimit(spec)}`),
      ['success rate > 98 %', 'materializer p99 < 5 s', 'queue depth < 200', 'error rate < 0.5 %', 'chat p99 ≤ +0 %'],
    );
  });
});
