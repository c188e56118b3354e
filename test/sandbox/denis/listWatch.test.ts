import assert from 'node:assert/strict';
import { KubeApi } from '../../../sandbox/denis/kubeApi';
import type { ListWatch } from '../../../sandbox/denis/listWatch';
import { type KubePod, watchPods } from '../../../sandbox/denis/podWatch';
import { waitFor } from '../../../sandbox/waitFor';
import { FakeApiServer } from './support/fakeApiServer';
import { apiPod } from './support/pods';

describe('watch of the pods', function () {
  this.timeout(5_000);
  let api: FakeApiServer;
  let watch: ListWatch<KubePod>;
  let names: string[] | undefined;
  let running: Promise<void>;

  beforeEach(async () => {
    api = new FakeApiServer();
    names = undefined;
    api.setPod(apiPod(1, {}));
    const kube = new KubeApi({ server: await api.start(), token: 'secret', certificateAuthority: '' });
    watch = watchPods(
      kube,
      'denis',
      (pods) => {
        names = pods.map(({ metadata }) => metadata.name).sort();
      },
      () => {},
    );
    running = watch.run();
    await sees('denis-1');
  });
  afterEach(async () => {
    watch.stop();
    await running;
    await api.stop();
  });

  const sees = (...wanted: string[]): Promise<true> =>
    waitFor(async () => (JSON.stringify(names) === JSON.stringify(wanted) ? true : undefined), {
      what: `the pods ${wanted.join(', ')}`,
      deadlineMs: 3_000,
      intervalMs: 10,
    });

  it('shows the token, and follows what comes and goes', async () => {
    assert.deepEqual([...api.tokens], ['Bearer secret']);
    api.setPod(apiPod(2, {}));
    await sees('denis-1', 'denis-2');
    api.removePod('denis-1');
    await sees('denis-2');
  });

  for (const [what, end] of [
    ['expired', () => api.expireWatches()],
    ['was closed', () => api.closeWatches()],
  ] as const) {
    it(`lists anew after the watch ${what}`, async () => {
      await waitFor(async () => (api.watches === 1 ? true : undefined), { what: 'a watch', deadlineMs: 3_000 });
      const before = api.lists;
      end();
      await waitFor(async () => (api.lists > before ? true : undefined), { what: 'a new list', deadlineMs: 3_000 });
      api.setPod(apiPod(3, {}));
      await sees('denis-1', 'denis-3');
    });
  }

  it('keeps the known pods while the server is away, and forgets those that went meanwhile', async () => {
    await api.stop();
    assert.deepEqual(names, ['denis-1']);
    api.removePod('denis-1');
    api.setPod(apiPod(2, {}));
    assert.deepEqual(names, ['denis-1']);
    await api.start();
    await sees('denis-2');
  });
});
