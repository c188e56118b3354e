import { parseInClusterWatcher } from '../../../phases/inCluster';
import type { RawSettings } from '../../../phases/settings';

/** As a cluster has them: everything by the name of a service, secrets in two of them. */
export const IN_CLUSTER: RawSettings = {
  context: 'production',
  clusterUid: 'uid-1',
  namespace: 'ns',
  prometheus: 'http://prometheus.monitoring.svc:9090',
  redis: 'redis://:redis-password@redis.data.svc.cluster.local:6379/0',
  chat: 'http://denis/chat',
  notify: { slack: 'https://hooks.slack.test/services/slack-secret' },
  watcherImage: 'registry.example/denis-canary-watcher:0.1.0',
};

export const watcherWith = (own: RawSettings = {}) => parseInClusterWatcher({ ...IN_CLUSTER, ...own })!;
