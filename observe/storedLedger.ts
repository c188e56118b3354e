import type { ClusterState } from '../rollout/cluster';
import { LEDGER_KEY } from '../rollout/ledger';
import type { KubeObject } from './kubeObjects';

/** The ledger as its ConfigMap holds it; undefined without one. */
export const storedLedger = (map: KubeObject | undefined): ClusterState['ledger'] =>
  map && { text: map.data?.[LEDGER_KEY] ?? '', resourceVersion: map.metadata.resourceVersion };
