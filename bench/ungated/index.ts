import * as pulumi from '@pulumi/pulumi';
import { parseClusterSettings, rawSettings } from '../../phases/settings';
import { clusterProvider } from '../../resources/cluster';
import { Exposure } from '../../resources/exposure';
import { WorkerFloor } from '../../resources/workerFloor';

/** What canary-10 declares, with the numbers written down: nothing is read, nothing is judged. */
const cluster = parseClusterSettings(rawSettings(pulumi.runtime.allConfig()));
const provider = clusterProvider(cluster);
const manner = 'up';
const workers = new WorkerFloor(
  'workers',
  { kind: 'replicas', replicas: 3, deployment: cluster.workers, manner },
  { provider },
);
new Exposure(
  'materializers',
  { deployment: cluster.deployment, pct: 10, enabled: true, move: 2, manner },
  { provider, dependsOn: [workers] },
);
