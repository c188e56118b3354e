import * as pulumi from '@pulumi/pulumi';
import type { BaseSettings } from '../phases/settings';
import { AdmissionPolicy } from './admissionPolicy';
import { AlertRules } from './alertRules';
import { clusterProvider } from './cluster';
import { Dashboard } from './dashboard';
import { KillSwitchToken } from './killSwitchToken';
import { Roles } from './roles';

/**
 * What all phases share, as whole resources: the kill switch's token, the Roles and, where wanted, admission policy, dashboard and alerts.
 * The program loads this file for stack `base` alone: no phase waits for what draws the dashboard.
 */
export class Base extends pulumi.ComponentResource {
  constructor(name: string, settings: BaseSettings, options: pulumi.ComponentResourceOptions = {}) {
    super('denis:canary:Base', name, {}, options);
    const own = { parent: this, provider: clusterProvider(settings) };
    new KillSwitchToken('kill-switch', own);
    new Roles('roles', settings, own);
    const { admissionPolicy, dashboard, alertRules, monitoring } = settings;
    if (admissionPolicy) new AdmissionPolicy('admission-policy', settings, own);
    if (dashboard && monitoring !== undefined) new Dashboard('dashboard', monitoring, own);
    if (alertRules && monitoring !== undefined) new AlertRules('alert-rules', monitoring, own);
    this.registerOutputs({});
  }
}
