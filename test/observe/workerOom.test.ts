import assert from 'node:assert/strict';
import type { KubeObject, Workload } from '../../observe/kubeObjects';
import { oomKillsIn } from '../../observe/workerOom';
import { unixSeconds } from '../../phases/units';

const WORKERS = { kind: 'Deployment', metadata: { name: 'denis-workers', uid: 'd1' } } as unknown as Workload;
const AT = '2026-11-26T09:00:00Z';
const killed = (reason = 'OOMKilled', finishedAt = AT) => ({ terminated: { reason, finishedAt } });

const owned = (kind: string, uid: string, owner: string, status: object = {}): KubeObject =>
  ({
    kind,
    metadata: { name: uid, uid, ownerReferences: [{ kind: 'x', uid: owner, controller: true }] },
    status,
  }) as unknown as KubeObject;
const pod = (owner: string, ...containers: object[]): KubeObject =>
  owned('Pod', 'p1', owner, { containerStatuses: containers.map((one) => ({ name: 'worker', ...one })) });

describe('observe/workerOom', () => {
  const set = owned('ReplicaSet', 's1', 'd1');
  const kill = { pod: 'p1', container: 'worker', at: unixSeconds(Date.parse(AT) / 1000) };
  const tables: readonly [string, readonly KubeObject[], readonly object[]][] = [
    ['a container that is restarted', [set, pod('s1', { lastState: killed() })], [kill]],
    ['one that is not, yet', [set, pod('s1', { state: killed() })], [kill]],
    ['each of several', [set, pod('s1', { state: killed() }, { lastState: killed() })], [kill, kill]],
    ['no container that ended otherwise', [set, pod('s1', { state: killed('Error') })], []],
    ['no container without a time', [set, pod('s1', { state: killed('OOMKilled', '') })], []],
    ['no pod without statuses', [set, owned('Pod', 'p1', 's1')], []],
    ['no pod of somebody else', [set, owned('ReplicaSet', 's2', 'd2'), pod('s2', { state: killed() })], []],
    ['no pod whose ReplicaSet was not listed', [pod('s1', { state: killed() })], []],
  ];
  for (const [what, listed, found] of tables) {
    it(`finds ${what}`, () => assert.deepEqual(oomKillsIn(listed, WORKERS), found));
  }

  it('finds none without workers', () => {
    assert.deepEqual(oomKillsIn([set, pod('s1', { state: killed() })], undefined), []);
  });
});
