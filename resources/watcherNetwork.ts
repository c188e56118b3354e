import { isIP } from 'node:net';
import type * as kubernetes from '@pulumi/kubernetes';
import type { InClusterWatcher } from '../phases/inCluster';
import { parseRedisUrl } from '../phases/redisUrl';
import { LABELS, PAGE_PORT } from './watcherPod';

type NetworkPolicySpec = kubernetes.types.input.networking.v1.NetworkPolicySpec;
type Peer = kubernetes.types.input.networking.v1.NetworkPolicyPeer;
type Port = kubernetes.types.input.networking.v1.NetworkPolicyPort;
type Egress = kubernetes.types.input.networking.v1.NetworkPolicyEgressRule;

interface Place {
  readonly host: string;
  readonly port: number;
}

const tcp = (...ports: number[]): Port[] => ports.map((port) => ({ protocol: 'TCP', port }));

/**
 * Whom the watcher may reach, and who may reach it. A NetworkPolicy names pods, namespaces and addresses, no host names: what lies
 * outside the cluster is limited to a port, and so is the API server, which is no pod.
 */
export function networkPolicySpec({ settings, notify }: InClusterWatcher): NetworkPolicySpec {
  const { source, chat, redis, port } = settings;
  const prometheus = source.kind === 'prometheus' ? [urlPlace(source.url)] : [];
  const told = [notify.slack, notify.webhook].filter((url) => url !== undefined);
  const places = [...prometheus, urlPlace(chat), ...redisPlaces(redis), ...told.map(urlPlace)];
  const scrapers = prometheus.flatMap(({ host }) => podsBehind(host) ?? []);
  const egress: Egress[] = [
    { ports: [{ protocol: 'UDP', port: 53 }, ...tcp(53)] },
    // The API server, at its service's port and at the usual one behind it: which of the two counts is up to the network.
    { ports: tcp(443, 6443) },
    // Every pod of Denis; which labels they bear is their own business.
    { to: [{ podSelector: {} }], ports: tcp(port) },
    ...places.map(wayTo),
  ];
  return {
    podSelector: { matchLabels: LABELS },
    policyTypes: ['Ingress', 'Egress'],
    ingress: scrapers.length === 0 ? [] : [{ from: scrapers, ports: tcp(PAGE_PORT) }],
    egress: distinct(egress),
  };
}

function wayTo({ host, port }: Place): Egress {
  const pods = podsBehind(host);
  // All their ports: a policy sees the pod's, which may be another than the service's.
  if (pods !== undefined) return { to: [pods] };
  const family = isIP(host);
  const to = family === 0 ? {} : { to: [{ ipBlock: { cidr: `${host}/${family === 4 ? 32 : 128}` } }] };
  return { ...to, ports: tcp(port) };
}

/** The pods that a name within the cluster may lead to: those of its namespace. Undefined for any other name. */
function podsBehind(host: string): Peer | undefined {
  const [, namespace] = /\.([a-z0-9-]+)\.svc(?:\.[a-z0-9.-]+)?\.?$/i.exec(host) ?? [];
  if (namespace !== undefined) {
    return { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } };
  }
  return /^[a-z0-9-]+$/i.test(host) && host !== 'localhost' ? { podSelector: {} } : undefined;
}

function urlPlace(url: string): Place {
  const { hostname, port, protocol } = new URL(url);
  const usual = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? usual : Number(port) };
}

/** Sentinels, and the masters that they may name, of which only the usual port is known. */
function redisPlaces(url: string): readonly Place[] {
  const { at } = parseRedisUrl(url);
  if ('host' in at) return [at];
  return at.sentinels.flatMap((sentinel) => [sentinel, { host: 'any.host', port: 6379 }]);
}

function distinct<T>(list: readonly T[]): T[] {
  return [...new Map(list.map((one) => [JSON.stringify(one), one])).values()];
}
