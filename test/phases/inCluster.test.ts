import assert from 'node:assert/strict';
import { loopbackKeys, parseInClusterWatcher } from '../../phases/inCluster';
import type { RawSettings } from '../../phases/settings';
import { LEAST_SETTINGS, validSettings } from '../support/validSettings';

const IMAGE = 'registry.example:5000/team/denis-canary-watcher:0.1.0';
const parse = (own: RawSettings = {}) => parseInClusterWatcher({ ...LEAST_SETTINGS, watcherImage: IMAGE, ...own });

describe('the watcher in the cluster', () => {
  it('is none without an image, and then nothing of its settings is looked at', () => {
    assert.equal(parseInClusterWatcher({ context: 'x', clusterUid: 'y', redis: 7, watcherVolume: 'claim' }), undefined);
  });

  it('runs with the settings of the stack, but for what base alone reads and what is otherwise in a pod', () => {
    const found = parse({
      podAccess: 'port-forward',
      journal: '/home/ana/journal',
      dashboard: true,
      watcherVolume: 'watcher-journal',
      metrics: '{"error_rate":{"unit":"percent"}}',
      notify: { slack: 'https://hooks.slack.test/services/x' },
    });
    assert.deepEqual(found?.raw, {
      ...LEAST_SETTINGS,
      podAccess: 'direct',
      metrics: '{"error_rate":{"unit":"percent"}}',
      notify: { slack: 'https://hooks.slack.test/services/x' },
    });
    assert.deepEqual(
      [found?.image, found?.volume, found?.settings.podAccess, found?.notify.slack],
      [IMAGE, 'watcher-journal', 'direct', 'https://hooks.slack.test/services/x'],
    );
  });

  const images: readonly [image: string, of: boolean][] = [
    ['denis-canary-watcher:0.1.0', true],
    [`registry.example/denis-canary-watcher@sha256:${'0'.repeat(64)}`, true],
    [`registry.example/denis-canary-watcher:0.1.0@sha256:${'a'.repeat(64)}`, true],
    ['denis-canary-watcher:latest-1', true],
    ['denis-canary-watcher', false],
    ['registry.example:5000/denis-canary-watcher', false],
    ['denis-canary-watcher:latest', false],
    ['registry.example/denis-canary-watcher@sha256:12', false],
    ['', false],
    ['a b:1', false],
  ];
  for (const [image, good] of images) {
    it(`${good ? 'takes' : 'refuses'} the image ${JSON.stringify(image)}: it must be of one version`, () => {
      if (good) assert.equal(parse({ watcherImage: image })?.image, image);
      else assert.throws(() => parse({ watcherImage: image }), /canary:watcherImage: expected an image of one version/);
    });
  }

  const mistakes: readonly [own: RawSettings, sentence: RegExp][] = [
    [{ prometheus: undefined }, /canary:prometheus: expected a URL/],
    [{ redis: 'redis://:secret@' }, /canary:redis: .*found another value$/],
    [{ unknown: 1 }, /canary:unknown: unknown setting/],
    [{ notify: { slack: 'http://hooks.slack.test/T0' } }, /canary:notify\.slack: .*found another value$/],
    [{ watcherVolume: 'No_Name' }, /canary:watcherVolume: expected a Kubernetes name/],
    [{ source: 'endpoint' }, /canary:watcherImage: source endpoint keeps its samples on one machine/],
    [{ watcher: 'external: Argos' }, /canary:watcherImage: canary:watcher names another system/],
  ];
  for (const [own, sentence] of mistakes) {
    it(`is refused with ${JSON.stringify(own)}, before anything is declared`, () => {
      assert.throws(() => parse(own), sentence);
    });
  }

  it('notices addresses that in a pod are the pod itself', () => {
    assert.deepEqual(loopbackKeys(validSettings()), []);
    const loopback: RawSettings = {
      prometheus: 'http://127.0.0.1:9090',
      chat: 'http://[::1]:8084/chat',
      redis: 'redis://localhost:6379',
    };
    assert.deepEqual(loopbackKeys(validSettings(loopback)), ['canary:prometheus', 'canary:chat', 'canary:redis']);
    const sentinels = 'redis+sentinel://redis.test,127.0.0.1:26379/main';
    assert.deepEqual(loopbackKeys(validSettings({ redis: sentinels })), ['canary:redis']);
  });
});
