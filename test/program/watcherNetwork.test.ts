import assert from 'node:assert/strict';
import type { RawSettings } from '../../phases/settings';
import { networkPolicySpec } from '../../resources/watcherNetwork';
import { watcherWith } from './support/watcherSettings';

const namespace = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const tcp = (port: number) => [{ protocol: 'TCP', port }];
const HERE = { podSelector: {} };

/** What the policy allows beyond DNS, API server and the pods of Denis. */
function waysOf(own: RawSettings): unknown[] {
  const { egress } = networkPolicySpec(watcherWith({ notify: {}, ...own })) as { egress: unknown[] };
  const [dns, apiServer, denis, ...rest] = egress;
  assert.deepEqual(dns, {
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  });
  assert.deepEqual(apiServer, { ports: [...tcp(443), ...tcp(6443)] });
  assert.deepEqual(denis, { to: [HERE], ports: tcp(8084) });
  return rest;
}

describe('the network policy of the watcher', () => {
  it('is about its pods, in both directions', () => {
    const { podSelector, policyTypes } = networkPolicySpec(watcherWith());
    assert.deepEqual(podSelector, { matchLabels: { app: 'denis-canary-watcher' } });
    assert.deepEqual(policyTypes, ['Ingress', 'Egress']);
  });

  it('lets in nobody but the namespace of Prometheus, to the page alone', () => {
    assert.deepEqual(networkPolicySpec(watcherWith()).ingress, [{ from: [namespace('monitoring')], ports: tcp(9184) }]);
    for (const prometheus of ['https://prometheus.example.org/', 'http://10.0.0.7:9090']) {
      assert.deepEqual(networkPolicySpec(watcherWith({ prometheus })).ingress, [], prometheus);
    }
  });

  const cases: readonly [what: string, own: RawSettings, ways: readonly unknown[]][] = [
    [
      'names of services lead to the pods of their namespace, at any port: a policy sees the port of the pod',
      {},
      [{ to: [namespace('monitoring')] }, { to: [HERE] }, { to: [namespace('data')] }],
    ],
    [
      'a pod of a headless service has the namespace before .svc',
      { redis: 'redis://redis-0.redis.data.svc.cluster.local', prometheus: 'http://p:9090', chat: 'http://d:1/chat' },
      [{ to: [HERE] }, { to: [namespace('data')] }],
    ],
    [
      'addresses are named, with their port',
      { prometheus: 'http://10.0.0.7:9090', redis: 'redis://[fd00::7]', chat: 'http://[fd00::8]:8084/chat' },
      [
        { to: [{ ipBlock: { cidr: '10.0.0.7/32' } }], ports: tcp(9090) },
        { to: [{ ipBlock: { cidr: 'fd00::8/128' } }], ports: tcp(8084) },
        { to: [{ ipBlock: { cidr: 'fd00::7/128' } }], ports: tcp(6379) },
      ],
    ],
    [
      'any other name is a port of any address, once for each port',
      {
        prometheus: 'https://prometheus.example.org',
        redis: 'rediss://user:word@redis.example.org:6380/0',
        chat: 'http://denis.example.org/chat',
        notify: {
          slack: 'https://hooks.slack.test/services/x',
          webhook: 'http://hook.example.org/',
          page: 'http://page.example.org:9184/',
        },
      },
      [{ ports: tcp(443) }, { ports: tcp(80) }, { ports: tcp(6380) }],
    ],
    [
      'sentinels may name a master anywhere, at the usual port',
      {
        prometheus: 'http://p',
        chat: 'http://p/chat',
        redis: 'redis+sentinel://s1.example.org,s2.example.org:26380/main/0',
      },
      [{ to: [HERE] }, { ports: tcp(26379) }, { ports: tcp(6379) }, { ports: tcp(26380) }],
    ],
  ];
  for (const [what, own, ways] of cases) {
    it(`lets out: ${what}`, () => {
      assert.deepEqual(waysOf(own), ways);
    });
  }

  it('follows the port of Denis', () => {
    const { egress } = networkPolicySpec(watcherWith({ port: 9000 })) as { egress: unknown[] };
    assert.deepEqual(egress[2], { to: [HERE], ports: tcp(9000) });
  });

  it('names no host and no secret', () => {
    const text = JSON.stringify(networkPolicySpec(watcherWith()));
    assert.ok(!/redis-password|slack|svc/.test(text), text);
  });
});
