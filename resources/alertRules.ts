import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import { promDuration } from '../phases/promql';
import type { Monitoring } from '../phases/settings';
import { expressionOf, type RollbackAlert, rollbackAlerts } from './rollbackAlerts';

/** The rollback rules as alerts, in a PrometheusRule of the Prometheus Operator. They inform; they roll nothing back. */
export class AlertRules extends pulumi.ComponentResource {
  constructor(name: string, monitoring: Monitoring, options: pulumi.ComponentResourceOptions) {
    super('denis:canary:AlertRules', name, {}, options);
    for (const { phase, rule, reason } of rollbackAlerts(monitoring).leftOut) {
      void pulumi.log.warn(`no alert for ${rule} at ${phase}: ${reason}`, this);
    }
    new kubernetes.apiextensions.CustomResource(
      name,
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: { name: 'materializers-canary' },
        spec: { groups: alertGroups(monitoring) },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** An alert in the form of Prometheus' rule files. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One group a phase. Pure, so that Prometheus' own tools can test the rules. */
export function alertGroups(
  monitoring: Monitoring,
): readonly { readonly name: string; readonly rules: readonly AlertingRule[] }[] {
  const { alerts } = rollbackAlerts(monitoring);
  return [...new Set(alerts.map(({ phase }) => phase))].map((phase) => ({
    name: `materializers-${phase}`,
    rules: alerts.filter((alert) => alert.phase === phase).map((alert) => ruleOf(alert, monitoring)),
  }));
}

function ruleOf(alert: RollbackAlert, { grafana }: Monitoring): AlertingRule {
  const { name, phase, verdict, summary, shown } = alert;
  return {
    alert: name,
    expr: expressionOf(alert),
    for: promDuration(alert.for),
    labels: { severity: 'critical', phase, verdict },
    annotations: {
      summary,
      description: `Now ${shown}. The plan says ${verdict}. This alert only informs: Prometheus rolls nothing back. To stop the feature by hand: docs/kill.md.`,
      runbook: 'docs/kill.md',
      dashboard: grafana,
    },
  };
}
