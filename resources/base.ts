import * as pulumi from '@pulumi/pulumi';
import { type InClusterWatcher, parseInClusterWatcher } from '../phases/inCluster';
import { type BaseSettings, parseBaseSettings, type RawSettings } from '../phases/settings';
import { AdmissionPolicy } from './admissionPolicy';
import { AlertRules } from './alertRules';
import { clusterProvider } from './cluster';
import { Dashboard } from './dashboard';
import { KillSwitchToken } from './killSwitchToken';
import { Roles } from './roles';
import { WatcherDeployment } from './watcherDeployment';

/**
 * What all phases share, as whole resources: the kill switch's token, the Roles and, where wanted, admission policy, dashboard, alerts and the
 * watcher in the cluster.
 * The program loads this file for stack `base` alone: no phase waits for what draws the dashboard.
 */
export class Base extends pulumi.ComponentResource {
  constructor(
    name: string,
    settings: BaseSettings,
    watcher?: InClusterWatcher,
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super('denis:canary:Base', name, {}, options);
    const own = { parent: this, provider: clusterProvider(settings) };
    const { token: key } = new KillSwitchToken('kill-switch', own);
    const roles = new Roles('roles', settings, own);
    const { admissionPolicy, dashboard, alertRules, monitoring } = settings;
    if (admissionPolicy) new AdmissionPolicy('admission-policy', settings, own);
    if (dashboard && monitoring !== undefined) new Dashboard('dashboard', monitoring, own);
    if (alertRules && monitoring !== undefined) new AlertRules('alert-rules', monitoring, own);
    if (watcher !== undefined) new WatcherDeployment('watcher', watcher, { ...own, roles, key });
    this.registerOutputs({});
  }
}

/** @throws UserError `settings` before anything is declared */
export function declareBase(raw: RawSettings): Base {
  return new Base('base', parseBaseSettings(raw), parseInClusterWatcher(raw));
}
