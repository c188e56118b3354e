import { GraphThresholdsStyleConfigBuilder, GraphThresholdsStyleMode } from '@grafana/grafana-foundation-sdk/common';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DatasourceVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { DASHBOARD_LINES } from '../phases/dashboard-lines';
import { formatLimit } from '../phases/format-limit';
import { LADDER } from '../phases/ladder';
import { METRICS, type MetricUnit } from '../phases/metrics';
import type { CheckSpec, Phase } from '../phases/phase';
import { changesOver, ofComponent, presentValue, presentValueBy, valueOver, whatWas } from '../phases/promql';
import type { Monitoring } from '../phases/settings';
import { formatDuration } from '../phases/units';
import { PREFIX } from './rollbackAlerts';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };
const GRAFANA_UNITS: Record<MetricUnit, string> = {
  ratio: 'percentunit',
  seconds: 's',
  age: 's',
  jobs: 'short',
  'drops/min': 'short',
  percent: 'percent',
};

/** Dashboard `materializers-canary`: the plan's five lines, the exposure, then every check of every phase. Pure. */
export function dashboardModel(monitoring: Monitoring): Dashboard {
  const panels = new PanelFactory(monitoring);
  const dashboard = new DashboardBuilder('Materializers canary')
    .uid('materializers-canary')
    .description(
      'Made by denis-canary from its phases and settings; an edit here lasts until the next pulumi up of base.',
    )
    .tags(['denis', 'materializers', 'canary'])
    .readonly()
    .time({ from: 'now-24h', to: 'now' })
    .refresh('1m')
    .withVariable(new DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'))
    .withVariable(baselineVariable(monitoring))
    .withRow(new RowBuilder("The plan's limits").id(panels.nextId()));
  for (const check of DASHBOARD_LINES) dashboard.withPanel(panels.check(check));
  dashboard.withPanel(panels.exposure());
  for (const phase of LADDER) dashboard.withRow(rowOf(phase, panels));
  for (const annotation of annotations(monitoring)) dashboard.annotation(annotation);
  return dashboard.build();
}

/** The ledger pins the baseline and Prometheus does not know it: people write it here, and NaN draws nothing until then. */
function baselineVariable({ baselineChatP99 }: Monitoring): TextBoxVariableBuilder {
  const value = String(baselineChatP99 ?? Number.NaN);
  return new TextBoxVariableBuilder('baseline')
    .label('Baseline of chat p99, seconds')
    .description('As pinned in ConfigMap denis-canary; canary:baselineChatP99 sets the default')
    .defaultValue(value)
    .current({ selected: true, text: value, value });
}

function rowOf(phase: Phase, panels: PanelFactory): RowBuilder {
  const title = `${phase.name}: ${phase.exposure} % of the traffic, window ${formatDuration(phase.window)}`;
  const row = new RowBuilder(title).id(panels.nextId());
  for (const check of phase.checks) row.withPanel(panels.check(check, phase));
  return row;
}

/** Makes panels whose ids are unique in the dashboard. */
class PanelFactory {
  private id = 0;

  constructor(private readonly monitoring: Monitoring) {}

  nextId(): number {
    this.id += 1;
    return this.id;
  }

  /** A check's metric over the last minutes, with its limit as a line. The window's own value is in the rollout's table. */
  check(spec: CheckSpec, phase?: Phase): PanelBuilder {
    const { limit, kind, metric, title } = spec;
    const { off } = this.monitoring.metrics[metric];
    const line = limit.kind === 'absolute' ? limit.value : limit.above;
    const [bad, good] = [kind === 'hard' ? 'red' : 'orange', 'green'];
    const above = limit.comparison.startsWith('>');
    const panel = this.panel(`${title} ${formatLimit(spec)}${phase === undefined ? '' : ` (${kind})`}`)
      .unit(limit.kind === 'baseline' ? 'percentunit' : GRAFANA_UNITS[METRICS[metric].unit])
      .thresholds(
        new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
          { value: null, color: above ? bad : good },
          { value: line, color: above ? good : bad },
        ]),
      )
      .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Line));
    if (off !== undefined) return panel.description(`Switched off: ${off}`);
    return panel.withTarget(query(this.expressionOf(spec, phase), title));
  }

  exposure(): PanelBuilder {
    const expression = presentValueBy('pod', this.monitoring.metrics.materializer_pct);
    return this.panel('exposure per pod').unit('percent').min(0).max(100).withTarget(query(expression, '{{pod}}'));
  }

  private expressionOf({ metric, component, limit }: CheckSpec, phase: Phase | undefined): string {
    const { metrics, timing } = this.monitoring;
    const source = ofComponent(metrics[metric], component);
    // Minutes of five say nothing about 99.9 %: availability alone is shown over the phase's whole window.
    const over =
      source.definition.statistic === 'availability' && phase !== undefined
        ? { length: timing.window(phase), step: timing.minute }
        : { length: timing.ruleLookBack, step: timing.scrapeInterval };
    const value = valueOver(source, over);
    return limit.kind === 'baseline' ? `${value} / $baseline - 1` : value;
  }

  private panel(title: string): PanelBuilder {
    return new PanelBuilder().id(this.nextId()).title(title).datasource(DATASOURCE).height(8).span(8);
  }
}

const query = (expression: string, legend: string): DataqueryBuilder =>
  new DataqueryBuilder().datasource(DATASOURCE).refId('A').expr(expression).legendFormat(legend).range();

/**
 * Decisions, as far as Prometheus sees them; who decided, and why, is in the ledger. A move is seen by what it does: another
 * percentage, or the same on new pods. The move's number is an annotation of the pods, which no series of Denis carries.
 */
function annotations(monitoring: Monitoring): AnnotationQueryBuilder[] {
  const { metrics, timing } = monitoring;
  const { scrapeInterval: step, ruleLookBack: length } = timing;
  const exposure = presentValue(metrics.materializer_pct);
  const perPod = presentValueBy('pod', metrics.materializer_pct);
  const marked = (name: string, color: string, expression: string, title: string) =>
    new AnnotationQueryBuilder()
      .name(name)
      .datasource(DATASOURCE)
      .enable(true)
      .iconColor(color)
      .expr(expression)
      .step(`${step}s`)
      .titleFormat(title);
  return [
    marked(
      'Exposure changed',
      'blue',
      `count_values("pct", ${exposure}) and on () (${changesOver(exposure, { length, step })} > 0)`,
      'exposure {{pct}} %',
    ),
    marked(
      'New pods: a move, a kill or a new image',
      'purple',
      `count(${perPod} unless on (pod) ${whatWas(perPod, length, step)})`,
      'new pods',
    ),
    marked(
      'Rollback rule fires, where the alert rules are declared',
      'red',
      `ALERTS{alertname=~"${PREFIX}.+",alertstate="firing"}`,
      '{{phase}}: {{alertname}}, the plan says {{verdict}}',
    ),
  ];
}
