import assert from 'node:assert/strict';
import { Fleet } from '../../../sandbox/denis/fleet';
import type { KubePod } from '../../../sandbox/denis/podWatch';
import { apiPod, exposed, workerPod } from './support/pods';

describe('fleet of Denis', () => {
  let started: string[];
  let stopped: string[];
  let fleet: Fleet;
  beforeEach(() => {
    started = [];
    stopped = [];
    fleet = new Fleet(
      (pod) => {
        started.push(pod.name);
        return { started: Promise.resolve(), stop: () => void stopped.push(pod.name) };
      },
      () => {},
    );
  });
  const names = (): string[] => fleet.readyPods.map(({ name }) => name);
  const terminating = (pod: KubePod): KubePod => ({
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
  });

  it('starts a pod once it runs and has an address', async () => {
    const pod = apiPod(1, exposed(10));
    fleet.reconcile([{ ...pod, status: { phase: 'Pending' } }]);
    assert.deepEqual(started, []);
    fleet.reconcile([pod]);
    fleet.reconcile([pod]);
    await fleet.serving();
    assert.deepEqual([started, names()], [['denis-1'], ['denis-1']]);
  });

  it('keeps the environment that a pod started with', () => {
    fleet.reconcile([apiPod(1, exposed(10))]);
    fleet.reconcile([apiPod(1, exposed(50, false))]);
    const pod = fleet.find('denis-1')!;
    assert.deepEqual([pod.pct, pod.enabled], [10, true]);
  });

  it('serves 0 % where an annotation is missing', () => {
    fleet.reconcile([apiPod(1, {})]);
    const pod = fleet.find('denis-1')!;
    assert.deepEqual([pod.pct, pod.enabled], [0, false]);
  });

  it('runs a pod that is not Ready, but sends it nothing', async () => {
    fleet.reconcile([apiPod(1, exposed(10), false)]);
    await fleet.serving();
    assert.deepEqual([started, names(), fleet.nextReady()], [['denis-1'], [], undefined]);
  });

  for (const [what, next] of [
    ['is asked to end', (pod: KubePod) => [terminating(pod)]],
    ['is gone', () => []],
    ['has ended', (pod: KubePod) => [{ ...pod, status: { ...pod.status, phase: 'Failed' } }]],
  ] as const) {
    it(`stops a pod that ${what}`, async () => {
      const pod = apiPod(1, exposed(10));
      fleet.reconcile([pod]);
      await fleet.serving();
      fleet.reconcile(next(pod));
      assert.deepEqual([stopped, names()], [['denis-1'], []]);
    });
  }

  it('takes a pod of the same name with another uid for another pod, which was told nothing', () => {
    const pod = apiPod(1, exposed(10));
    fleet.reconcile([pod]);
    fleet.find('denis-1')!.kill(new Date(0));
    fleet.reconcile([{ ...pod, metadata: { ...pod.metadata, uid: 'other' } }]);
    assert.deepEqual([started.length, stopped.length], [2, 1]);
    assert.equal(fleet.find('denis-1')!.killedSince, undefined);
  });

  it('spreads evenly over the Ready pods', async () => {
    fleet.reconcile([1, 2, 3].map((index) => apiPod(index, exposed(10))));
    await fleet.serving();
    const turns = Array.from({ length: 9 }, () => fleet.nextReady()!.name);
    for (const name of names()) assert.equal(turns.filter((each) => each === name).length, 3);
  });

  it('has just seen a heartbeat while a worker is Ready, else the last one', () => {
    assert.equal(fleet.workerSeen(1_000), undefined);
    fleet.reconcile([workerPod(1)]);
    assert.equal(fleet.workerSeen(2_000), 1.5);
    fleet.reconcile([terminating(workerPod(1))]);
    assert.equal(fleet.workerSeen(9_000), 1.5);
  });

  it('is off by the flag or when every pod is, but not without any pod', () => {
    assert.equal(fleet.featureOff(true), false);
    assert.equal(fleet.featureOff(false), true);
    fleet.reconcile([apiPod(1, exposed(10)), apiPod(2, exposed(10, false))]);
    assert.equal(fleet.featureOff(true), false);
    fleet.find('denis-1')!.kill(new Date(0));
    assert.equal(fleet.featureOff(true), true);
  });
});
