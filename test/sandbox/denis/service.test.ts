import assert from 'node:assert/strict';
import { apiPod, exposed, workerPod } from './support/pods';
import { requireRedis } from './support/redisServer';
import { chat, DenisWorld, request } from './support/world';

const KILL = '/internal/kill-switch/materializers';
const FLAG = 'denis:feature:materializers:enabled';

describe('Denis on its pods', function () {
  this.timeout(10_000);
  let world: DenisWorld;

  before(async function () {
    requireRedis(this);
    world = new DenisWorld();
    world.api.setPod(apiPod(1, exposed(100)));
    world.api.setPod(apiPod(2, exposed(100)));
    world.api.setPod(workerPod(1));
    await world.start();
  });
  after(() => world?.stop());

  /** Brings back what a test changed. */
  const freshPods = async (): Promise<void> => {
    await world.redis.send('DEL', FLAG);
    world.api.setToken(undefined);
    for (const index of [1, 2]) {
      const pod = apiPod(index, exposed(100));
      world.api.setPod({ ...pod, metadata: { ...pod.metadata, uid: `uid-${index}-${Math.random()}` } });
    }
    world.api.setPod(workerPod(1));
    await world.until('two pods that serve 100 %', ({ pods, workers }) => {
      return (
        pods.length === 2 && workers.length === 1 && pods.every(({ live, listening }) => live === 100 && listening)
      );
    });
  };
  const enqueuedMoves = async (): Promise<void> => {
    const { jobs } = await world.state();
    await world.until('new jobs', (state) => state.jobs.enqueued > jobs.enqueued);
  };
  /** No job is enqueued or runs any more. */
  const standsStill = async (): Promise<void> => {
    let last = -1;
    let since = 0;
    await world.until('no new job for 300 ms, none queued, none running', ({ jobs, now, queueDepth }) => {
      if (jobs.enqueued !== last) [last, since] = [jobs.enqueued, now];
      return now - since > 300 && jobs.running === 0 && queueDepth === 0;
    });
  };

  it('runs the jobs of the chats on the workers, and counts them for the pods', async () => {
    const { jobs } = await world.until('20 finished jobs', (state) => state.jobs.finished >= 20);
    assert.equal(jobs.failed, 0);
    const metrics = await world.metrics(1);
    assert.ok(metrics.get('materializer_new')! > 0);
    assert.ok(metrics.get('materializer_jobs_total{result="success"}')! > 0);
    assert.equal(metrics.get('materializer_jobs_total{result="failure"}'), 0);
  });

  it('answers a chat on the address of a pod and on the front', async () => {
    for (const origin of [world.pod(1), world.front]) {
      const answer = await chat(origin, { message: 'test post kill', user_id: 'post-kill-test' });
      assert.equal(answer.status, 200);
      const body = (await answer.json()) as { reply: string };
      assert.equal(typeof body.reply, 'string');
    }
  });

  it('refuses a chat it cannot read', async () => {
    for (const body of [
      '{',
      '[]',
      { message: 'no user' },
      { message: 1, user_id: 'ann' },
      { message: '', user_id: '' },
    ]) {
      assert.equal((await chat(world.pod(1), body)).status, 400, JSON.stringify(body));
    }
    assert.equal((await chat(world.pod(1), 'x'.repeat(100_000))).status, 413);
  });

  it('says that it is alive, how its decision traces go, and what it does not know', async () => {
    assert.equal((await request(`${world.pod(1)}/healthz`)).status, 200);
    const stats = await (await request(`${world.pod(1)}/internal/decision_trace/stats`)).json();
    const { writes, write_success_rate } = stats as { writes: number; write_success_rate: number };
    assert.ok(writes > 0);
    assert.equal(write_success_rate, 1);
    assert.equal((await request(`${world.pod(1)}/nothing`)).status, 404);
    assert.equal((await request(`${world.front}/sandbox/nothing`)).status, 404);
  });

  it('stops one pod by the API and leaves the other alone, until the pod is another one', async () => {
    const told = await (await request(`${world.pod(1)}${KILL}`, { method: 'POST' })).json();
    const { since, ...rest } = told as { since: string };
    assert.deepEqual(rest, { feature: 'materializers', killed: true });
    assert.ok(Math.abs(Date.now() - Date.parse(since)) < 5_000);
    assert.deepEqual(await (await request(`${world.pod(1)}${KILL}`)).json(), told);
    assert.deepEqual(await (await request(`${world.pod(2)}${KILL}`)).json(), {
      feature: 'materializers',
      killed: false,
      since: null,
    });
    const stopped = (await world.metrics(1)).get('materializer_new');
    await enqueuedMoves();
    assert.equal((await world.metrics(1)).get('materializer_new'), stopped);
    assert.equal((await world.metrics(1)).get('materializer_pct'), 100);
    assert.equal((await chat(world.pod(1))).status, 200);
    await freshPods();
  });

  it('asks for the token of the Secret while there is one', async () => {
    world.api.setToken('s3cret');
    await world.until('401', async () => (await request(`${world.pod(1)}${KILL}`)).status === 401);
    for (const authorization of ['Bearer wrong', 's3cret', 'Bearer s3cretx']) {
      const answer = await request(`${world.pod(1)}${KILL}`, { method: 'POST', headers: { authorization } });
      assert.equal(answer.status, 401, authorization);
    }
    assert.equal(
      (await world.state()).pods.some(({ killed }) => killed),
      false,
    );
    const headers = { authorization: 'Bearer s3cret' };
    assert.equal((await request(`${world.pod(1)}${KILL}`, { method: 'POST', headers })).status, 200);
    await freshPods();
    await world.until('200', async () => (await request(`${world.pod(1)}${KILL}`)).status === 200);
  });

  it('stops by the flag within two seconds, and goes on without it', async () => {
    const start = Date.now();
    await world.redis.send('SET', FLAG, '0');
    await standsStill();
    const { jobs, pods } = await world.state();
    assert.ok(jobs.lastEnqueuedAt! - start < 2_000);
    assert.ok(pods.every(({ live, pct }) => live === 0 && pct === 100));
    assert.equal((await chat(world.front)).status, 200);
    await world.redis.send('DEL', FLAG);
    await enqueuedMoves();
  });

  it('stops when its pods are replaced by ones that are not enabled', async () => {
    for (const index of [1, 2]) {
      const pod = apiPod(index, exposed(100, false));
      world.api.setPod({ ...pod, metadata: { ...pod.metadata, uid: `off-${index}` } });
    }
    await standsStill();
    assert.ok((await world.state()).pods.every(({ enabled, listening }) => !enabled && listening));
    await freshPods();
  });

  it('leaves the queue as it is without workers, and begins nothing', async () => {
    world.api.removePod('denis-workers-1');
    const { jobs } = await world.until('no worker and none running', (state) => {
      return state.workers.length === 0 && state.jobs.running === 0 && state.queueDepth >= 20;
    });
    await world.until('a longer queue', (state) => state.jobs.enqueued > jobs.enqueued + 50);
    assert.equal((await world.state()).jobs.lastBegunAt, jobs.lastBegunAt);
    await world.redis.send('SET', FLAG, '0');
    const { queueDepth, jobs: before } = await world.until('the flag to be read', ({ flagOn }) => !flagOn);
    assert.ok(queueDepth >= 70);
    world.api.setPod(workerPod(1));
    const after = await world.until('an empty queue', (state) => state.queueDepth === 0);
    assert.equal(after.jobs.started, before.started);
    assert.ok(after.jobs.dropped >= before.dropped + queueDepth);
    await freshPods();
  });

  it('drops what is no job', async () => {
    const { jobs } = await world.state();
    await world.redis.send('LPUSH', 'tools_mut', 'no job', '{"id": 1}');
    await world.until('two dropped entries', (state) => state.jobs.dropped >= jobs.dropped + 2);
  });

  it('stops listening when a pod is asked to end, and finishes what it has begun', async () => {
    const answer = new Promise<Response>((resolve, reject) => {
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode('{"message": "hello",'));
          const pod = apiPod(2, exposed(100));
          await world.until('the request to have begun', async () => (await chat(world.pod(2))).status === 200);
          world.api.setPod({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });
          await world.until('the pod to be gone', ({ pods }) => pods.length === 1);
          await assert.rejects(chat(world.pod(2)));
          controller.enqueue(new TextEncoder().encode('"user_id": "ann"}'));
          controller.close();
        },
      });
      fetch(`${world.pod(2)}/chat`, { method: 'POST', body, duplex: 'half' } as RequestInit).then(resolve, reject);
    });
    assert.equal((await answer).status, 200);
    world.api.removePod('denis-2');
    await freshPods();
  });

  it('answers 503 on the front while no pod is Ready', async () => {
    for (const index of [1, 2]) world.api.setPod(apiPod(index, exposed(100), false));
    await world.until('no Ready pod', ({ pods }) => pods.every(({ ready }) => !ready));
    assert.equal((await chat(world.front)).status, 503);
    await freshPods();
  });

  it('answers chats while Redis is away, counts the jobs as lost, and goes on when it is back', async () => {
    await world.redis.stop();
    await world.until('lost jobs', ({ jobs, redisConnected }) => jobs.lost > 10 && !redisConnected);
    assert.equal((await chat(world.front)).status, 200);
    assert.equal((await world.state()).flagOn, true);
    await world.redis.start();
    await enqueuedMoves();
    const { jobs } = await world.state();
    await world.until('new jobs to finish', (state) => state.jobs.finished > jobs.finished);
  });

  it('keeps its pods while the API server is away, and what they were told', async () => {
    await request(`${world.pod(1)}${KILL}`, { method: 'POST' });
    await world.api.stop();
    await enqueuedMoves();
    await world.api.start();
    const lists = world.api.lists;
    await world.until('new lists', () => world.api.lists >= lists + 2);
    assert.deepEqual((await world.state()).pods.map(({ killed }) => killed).sort(), [false, true]);
    await freshPods();
  });
});
