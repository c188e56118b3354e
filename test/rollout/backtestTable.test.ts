import assert from 'node:assert/strict';
import { phaseNamed } from '../../phases/ladder';
import { backtest } from '../../rollout/backtest';
import { backtestTable } from '../../rollout/backtestTable';
import { DAWN, HOUR, past } from '../support/pastRollout';

describe('rollout/backtestTable', function () {
  this.timeout(20_000);

  it('shows every segment: what decided first, the rules, and what was said when', () => {
    const input = past({
      moves: [
        [DAWN + 1.5 * HOUR, 1],
        [DAWN + 7 * HOUR, 10],
      ],
      before: 24 * HOUR,
      to: DAWN + 8 * HOUR,
      settings: { timezone: 'Europe/Madrid', metrics: { queue_depth: { off: 'there is no queue' } } },
      readings: { error_rate: (time) => (time >= DAWN + 7.5 * HOUR ? 0.04 : 0.0002) },
    });
    const series = { ...input.series, queue_depth: { kind: 'off', reason: 'there is no queue' } } as const;
    assert.equal(
      backtestTable(backtest({ ...input, series })),
      `2026-11-24 06:00 UTC – 2026-11-24 14:00 UTC; judged at least every 5m00s

off   0 %   2026-11-24 06:00 UTC – 2026-11-24 07:30 UTC (1h30m), then 1 %

canary-1   1 %   2026-11-24 07:30 UTC – 2026-11-24 13:00 UTC (5h30m), then 10 %
  counted hours: 08:00–12:00 of Europe/Madrid (canary:timezone), Monday to Friday
  baseline of chat p99: 0.40 s
  jobs: 19800
  PROMOTE: never
  ROLLBACK: never
  rule                 fired            lasted  for    then
  success rate < 90 %  never            –       1m00s  –
  error rate > 5 %     never            –       1m00s  –
  /chat down           cannot be known  –       –      –
  verdict  from                  to                    why
  HOLD     2026-11-24 07:30 UTC  2026-11-24 13:00 UTC  window 3h27m of 4h00m, complete 2026-11-25 07:33 UTC at the earliest

canary-10   10 %   2026-11-24 13:00 UTC – 2026-11-24 14:00 UTC (1h00m), then the end of the span
  baseline of chat p99: 0.40 s
  jobs: 3600
  PROMOTE: never
  ROLLBACK: first at 2026-11-24 13:34:45 UTC, error rate > 3 % for 1m00s at 2026-11-24 13:34:45 UTC, now 4.00 %
  note: it would have been off from then on; what is below went on without that
  rule                 fired                    lasted  for     then
  success rate < 93 %  never                    –       1m00s   –
  error rate > 3 %     2026-11-24 13:34:45 UTC  26m15s  1m00s   ROLLBACK
  error rate > 5 %     never                    –       1m00s   –
  /chat down           cannot be known          –       –       –
  queue depth > 500    switched off             –       10m00s  –
  worker OOM-killed    cannot be known          –       –       –
  verdict   from                  to                    why
  HOLD      2026-11-24 13:00 UTC  2026-11-24 13:34 UTC  window 29m00s of 24h00m, complete 2026-11-25 13:03 UTC at the earliest
  ROLLBACK  2026-11-24 13:34 UTC  2026-11-24 14:00 UTC  error rate > 3 % for 1m00s at 2026-11-24 13:34:45 UTC, now 4.00 %`,
    );
  });

  it('says that a phase was assumed, and warns', () => {
    const input = past({ moves: [], before: 0.5 * HOUR, to: DAWN + HOUR });
    const text = backtestTable(backtest({ ...input, assume: phaseNamed('canary-100')! }));
    assert.match(text, /^2026-11-24 06:00 UTC – 2026-11-24 07:00 UTC, as if canary-100 had been live; judged at least/);
    assert.match(text, /^ {2}warning: the baseline of chat p99 has only 30m00s of samples/m);
    assert.match(text, /^ {2}COMPLETE: never$/m);
  });
});
