import * as pulumi from '@pulumi/pulumi';
import type { ClusterSettings } from '../phases/settings';
import { clusterProvider } from './cluster';
import { KillSwitchToken } from './killSwitchToken';
import { Roles } from './roles';

/** What all phases share, as whole resources: the kill switch's token and the Roles. */
export class Base extends pulumi.ComponentResource {
  constructor(name: string, cluster: ClusterSettings, options: pulumi.ComponentResourceOptions = {}) {
    super('denis:canary:Base', name, {}, options);
    const own = { parent: this, provider: clusterProvider(cluster) };
    new KillSwitchToken('kill-switch', own);
    new Roles('roles', cluster, own);
    this.registerOutputs({});
  }
}
