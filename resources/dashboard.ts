import * as kubernetes from '@pulumi/kubernetes';
import * as pulumi from '@pulumi/pulumi';
import type { Monitoring } from '../phases/settings';
import { dashboardModel } from './dashboardModel';

/** Dashboard `materializers-canary`, in a ConfigMap that the sidecar of Grafana's chart finds by its label. */
export class Dashboard extends pulumi.ComponentResource {
  constructor(name: string, monitoring: Monitoring, options: pulumi.ComponentResourceOptions) {
    super('denis:canary:Dashboard', name, {}, options);
    new kubernetes.core.v1.ConfigMap(
      name,
      {
        metadata: { name: 'materializers-canary-dashboard', labels: { grafana_dashboard: '1' } },
        data: { 'materializers-canary.json': `${JSON.stringify(dashboardModel(monitoring), null, 2)}\n` },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
