import { formatRatio } from '../phases/format-limit';
import { LADDER } from '../phases/ladder';
import type { MetricSource } from '../phases/metricSettings';
import type { MetricKey } from '../phases/metrics';
import type { Phase, PhaseName, RuleSpec } from '../phases/phase';
import { changesOver, jobsOver, presentValue, presentValueBy, promDuration, valueOver } from '../phases/promql';
import { ERROR_COLUMN, matrixMinimumFailed } from '../phases/rule-specs';
import type { Monitoring } from '../phases/settings';
import { percentAsRatio, type Ratio, type Seconds, seconds } from '../phases/units';

/** Rules that no series of Denis can express: both need somebody who looks at pods and sends chats. */
type Unwatched = 'chat-down' | 'worker-oom';
type Watched = Exclude<RuleSpec, { id: Unwatched }>;

/** One rollback rule of one phase as an alert. */
export interface RollbackAlert {
  readonly name: string;
  readonly phase: PhaseName;
  readonly verdict: 'ROLLBACK' | 'EMERGENCY';
  /** PromQL of what is held against the limit: there whenever its metric is. */
  readonly value: string;
  /** `< 0.93` */
  readonly violation: string;
  /** PromQL, each of which must be there too: enough jobs, the phase live and settled. */
  readonly conditions: readonly string[];
  readonly for: Seconds;
  /** What an alert says in one line. */
  readonly summary: string;
  /** The value in a template of Prometheus. */
  readonly shown: string;
}

/** A rule that is not among the alerts, and why. */
export interface LeftOut {
  readonly phase: PhaseName;
  readonly rule: RuleSpec['id'];
  readonly reason: string;
}

export const PREFIX = 'Materializers';

/**
 * The plan's automatic rollback rules, as far as Prometheus can know them, phase by phase. They inform: nothing is rolled
 * back by them. Unlike the rollout's own rules, the look-back of a success rate does not grow, a gap in the samples starts
 * `for` anew, and only a change of the percentage counts as an activation. Source: the plan, "Automatic rollback".
 */
export function rollbackAlerts(monitoring: Monitoring): {
  readonly alerts: readonly RollbackAlert[];
  readonly leftOut: readonly LeftOut[];
} {
  const rules = LADDER.flatMap((phase) => phase.rules.map((rule) => ({ phase, rule })));
  const alerts: RollbackAlert[] = [];
  const leftOut: LeftOut[] = [];
  for (const { phase, rule } of rules) {
    if (rule.id === 'chat-down' || rule.id === 'worker-oom') continue;
    const reason = reasonAgainst(rule, monitoring);
    if (reason === undefined) alerts.push(...alertsOf(rule, phase, monitoring));
    else leftOut.push({ phase: phase.name, rule: rule.id, reason });
  }
  return { alerts, leftOut };
}

/** The whole expression of an alert, a condition a line. */
export const expressionOf = ({ value, violation, conditions }: RollbackAlert): string =>
  [`${value} ${violation}`, ...conditions.map((condition) => `and on () (${condition})`)].join('\n');

const METRIC_OF: Record<Watched['id'], MetricKey> = {
  'success-below': 'materializer_success_rate',
  'success-not-above-matrix': 'materializer_success_rate',
  'error-above': 'error_rate',
  'queue-above': 'queue_depth',
  'chat-p99-above-baseline': 'chat_latency_p99',
  'memory-above': 'memory_usage',
};

function reasonAgainst({ id }: Watched, { metrics, baselineChatP99 }: Monitoring): string | undefined {
  const { off } = metrics[METRIC_OF[id]];
  if (off !== undefined) return `its series is switched off: ${off}`;
  if (id === 'chat-p99-above-baseline' && baselineChatP99 === undefined) return 'canary:baselineChatP99 is not set';
  return undefined;
}

function alertsOf(rule: Watched, phase: Phase, monitoring: Monitoring): RollbackAlert[] {
  const { metrics, timing, matrixSuccess, ruleMinimumFailed } = monitoring;
  const over = { length: timing.ruleLookBack, step: timing.scrapeInterval };
  const live = liveIn(phase, monitoring);
  const settled = (lookBack: Seconds): string => unchangedSince(seconds(timing.warmUp + lookBack), monitoring);
  const alert = (
    name: string,
    title: string,
    own: Pick<RollbackAlert, 'value' | 'violation' | 'shown'> & Partial<RollbackAlert>,
  ): RollbackAlert => ({
    name: `${PREFIX}${name}`,
    phase: phase.name,
    verdict: 'ROLLBACK',
    conditions: [live, settled(over.length)],
    for: timing.scaled(rule.for),
    summary: `${phase.name}: ${title} for ${promDuration(timing.scaled(rule.for))}`,
    ...own,
  });
  const success = (name: string, violation: string, title: string, minimumFailed: number): RollbackAlert => {
    const { value, enough } = successOf(monitoring, minimumFailed);
    const conditions = [...enough, live, settled(over.length)];
    return alert(name, title, { value, violation, conditions, shown: PERCENTAGE });
  };
  switch (rule.id) {
    case 'success-below':
      return [
        success('SuccessBelow', `< ${rule.limit}`, `success rate < ${formatRatio(rule.limit)}`, ruleMinimumFailed),
      ];
    case 'success-not-above-matrix': {
      const limit = percentAsRatio(matrixSuccess);
      const failed = matrixMinimumFailed(ruleMinimumFailed);
      return [success('SuccessNotAboveMatrix', `<= ${limit}`, `success rate ≤ ${formatRatio(limit)}`, failed)];
    }
    case 'error-above': {
      const above = (name: string, limit: Ratio, own: Partial<RollbackAlert> = {}): RollbackAlert =>
        alert(name, `error rate > ${formatRatio(limit)}`, {
          value: valueOver(metrics.error_rate, over),
          violation: `> ${limit}`,
          shown: PERCENTAGE,
          ...own,
        });
      // The severe column is heard from the first moment on, the warm-up included.
      const severe = above(rule.limit < ERROR_COLUMN ? 'ErrorAboveFive' : 'ErrorAbove', ERROR_COLUMN, {
        conditions: [live],
        verdict: rule.emergencyAbove === undefined ? 'ROLLBACK' : 'EMERGENCY',
      });
      return rule.limit < ERROR_COLUMN ? [above('ErrorAbove', rule.limit), severe] : [severe];
    }
    case 'queue-above':
      return [
        alert('QueueAbove', `queue depth > ${rule.limit}`, {
          value: presentValue(highest(metrics.queue_depth)),
          violation: `> ${rule.limit}`,
          conditions: [live, settled(seconds(0))],
          shown: '{{ $value }} jobs',
        }),
      ];
    case 'chat-p99-above-baseline':
      return [
        alert('ChatP99AboveBaseline', `chat p99 > +${formatRatio(rule.by)} of the baseline`, {
          value: valueOver(metrics.chat_latency_p99, over),
          violation: `> ${Number((monitoring.baselineChatP99! * (1 + rule.by)).toPrecision(12))}`,
          shown: '{{ $value | humanizeDuration }}',
        }),
      ];
    case 'memory-above':
      return [
        alert('MemoryAbove', `memory > ${formatRatio(rule.limit)}`, {
          value: presentValueBy('component', highest(metrics.memory_usage)),
          violation: `> ${rule.limit}`,
          conditions: [live, settled(seconds(0))],
          shown: `{{ $labels.component }} ${PERCENTAGE}`,
        }),
      ];
  }
}

const PERCENTAGE = '{{ $value | humanizePercentage }}';

/** A metric of which the rules look at the highest of all pods, whatever the settings say for its check. */
const highest = (source: MetricSource): MetricSource => ({
  ...source,
  definition: { ...source.definition, acrossPods: 'max' },
});

/** The success rate, and what it takes that it says something. */
function successOf(
  monitoring: Monitoring,
  minimumFailed: number,
): { readonly value: string; readonly enough: readonly string[] } {
  const { metrics, timing, ruleMinimumJobs } = monitoring;
  const over = { length: timing.ruleLookBack, step: timing.scrapeInterval };
  const value = valueOver(metrics.materializer_success_rate, over);
  const jobs = jobsOver(metrics.materializer_success_rate, metrics.materializer_new, over);
  return { value, enough: [`${jobs} >= ${ruleMinimumJobs}`, `(1 - ${value}) * ${jobs} >= ${minimumFailed}`] };
}

/** The phase is live: its percentage, or one by hand that lies between the phase below and it. */
function liveIn(phase: Phase, { metrics }: Monitoring): string {
  const below = LADDER[LADDER.indexOf(phase) - 1]?.exposure ?? 0;
  return `${presentValue(metrics.materializer_pct)} > ${below} <= ${phase.exposure}`;
}

/** The percentage has stood still for as long as a look-back and the warm-up before it. */
function unchangedSince(length: Seconds, { metrics, timing }: Monitoring): string {
  return `${changesOver(presentValue(metrics.materializer_pct), { length, step: timing.scrapeInterval })} == 0`;
}
