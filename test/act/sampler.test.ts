import assert from 'node:assert/strict';
import { Sampler, type SamplerOptions } from '../../act/sampler';
import { tickUntil } from '../../act/tickUntil';
import { allSelectors } from '../../observe/metricSelectors';
import type { Scrape } from '../../observe/sampleLine';
import { type Seconds, seconds, unixSeconds } from '../../phases/units';
import type { PodState } from '../../rollout/cluster';
import { type Answer, type Loopback, nobodyAt, serve } from '../observe/support/loopback';
import { podState } from '../support/clusterState';
import { validSettings } from '../support/validSettings';

const METRICS = { error_rate: 'error_rate', queue_depth: 'queue_depth{queue="tools_mut"}' };
const selectors = new Map(
  [...allSelectors(validSettings().metrics)].filter(([key]) => key in METRICS || key === 'uptime'),
);
const NAME = (letter: string): string => `denis-5d9c7b6f4-aaaa${letter}`;
const healthy: Answer = (_, response) =>
  response.setHeader('content-type', 'text/plain').end('error_rate 0.5\nqueue_depth{queue="tools_mut"} 7\nother 1\n');

interface World {
  readonly sampler: Sampler;
  readonly said: string[];
  readonly written: Scrape[];
  readonly lists: number[];
  /** What may be changed between two ticks. */
  readonly now: { time: number; answers: Record<string, Answer | 'nobody'>; listing?: Error; full?: Error };
}

describe('Sampler', () => {
  const servers: Loopback[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  async function world(letters: string, own: Partial<SamplerOptions> = {}): Promise<World> {
    const now: World['now'] = { time: 1_800_000_000, answers: {} };
    const [said, written, lists]: [string[], Scrape[], number[]] = [[], [], []];
    const nobody = await nobodyAt();
    const origins = new Map<string, string>();
    for (const letter of letters) {
      now.answers[letter] = healthy;
      const server = await serve((request, response) => (now.answers[letter] as Answer)(request, response));
      servers.push(server);
      origins.set(NAME(letter), server.origin);
    }
    const pods = (): PodState[] => Object.keys(now.answers).map((letter) => podState(NAME(letter)));
    const sampler = new Sampler({
      namespace: 'denis',
      scrapeInterval: seconds(15),
      selectors,
      listPods: async () => {
        lists.push(now.time);
        if (now.listing !== undefined) throw now.listing;
        return [...pods(), podState('denis-starting', { ready: false })];
      },
      access: (pod, use) => use(now.answers[pod.name.slice(-1)] === 'nobody' ? nobody : origins.get(pod.name)!),
      append: (scrape) => {
        if (now.full !== undefined) throw now.full;
        written.push(scrape);
      },
      clock: () => unixSeconds(now.time),
      say: (sentence) => said.push(sentence.replace(/127\.0\.0\.1:\d+/, 'HOST')),
      ...own,
    });
    return { sampler, said, written, lists, now };
  }
  const namesIn = ({ samples }: Scrape): string[] => samples.map(({ name, value }) => `${name} ${value}`).sort();

  it('writes a line for every Ready pod, with the series that the settings select and whether it is up', async () => {
    const { sampler, written, said, now } = await world('ab');
    assert.equal(await sampler.tick(), true);
    assert.deepEqual(written.map(({ pod }) => pod).sort(), [NAME('a'), NAME('b')]);
    for (const scrape of written) {
      assert.deepEqual(namesIn(scrape), ['error_rate 0.5', 'queue_depth 7', 'up 1']);
      assert.equal(scrape.at, now.time);
    }
    assert.deepEqual(said, [`asking ${NAME('a')}, ${NAME('b')}`]);
  });

  it('says a change once, and its end', async () => {
    const { sampler, said, written, now } = await world('ab');
    await sampler.tick();
    said.length = 0;
    now.answers['a'] = 'nobody';
    for (let tick = 0; tick < 3; tick++) assert.equal(await sampler.tick(), false);
    assert.deepEqual(said, [`pod ${NAME('a')}: connection refused at http://HOST`]);
    for (const scrape of written.slice(2)) {
      assert.equal(namesIn(scrape).at(-1), scrape.pod === NAME('a') ? 'up 0' : 'up 1');
    }
    now.answers['a'] = healthy;
    await sampler.tick();
    await sampler.tick();
    assert.deepEqual(said.slice(1), [`pod ${NAME('a')} answers again`]);
  });

  it('says which metrics no pod has, and what is wrong with an answer', async () => {
    const { sampler, said, now } = await world('a');
    now.answers['a'] = (_, response) => response.end('error_rate 0.5\n');
    assert.equal(await sampler.tick(), false);
    now.answers['a'] = (_, response) => response.end('error_rate x\n');
    await sampler.tick();
    now.answers['a'] = healthy;
    assert.equal(await sampler.tick(), true);
    assert.deepEqual(said.slice(1), [
      'no pod has queue_depth',
      `pod ${NAME('a')}: line 1: expected a number, NaN, +Inf or -Inf, found "x"`,
      `pod ${NAME('a')} answers again`,
      'every metric is there',
    ]);
  });

  it('lets a pod that hangs cost the others nothing but its own deadline', async () => {
    const { sampler, written, now } = await world('ab', { scrapeInterval: seconds(0.3) });
    now.answers['a'] = () => {};
    const started = performance.now();
    const ticking = sampler.tick();
    while (written.length === 0 && performance.now() - started < 2_000) await new Promise((done) => setImmediate(done));
    assert.equal(written[0]?.pod, NAME('b'), 'written before the other one gives up');
    await ticking;
    assert.ok(performance.now() - started < 2_000);
    assert.deepEqual(written.map(namesIn)[1], ['up 0']);
  });

  it('reads the list of pods once in a while, and goes on by the last one for a minute', async () => {
    const { sampler, said, written, lists, now } = await world('a', { scrapeInterval: seconds(1) });
    const tick = async (later: number): Promise<number> => {
      now.time += later;
      const before = written.length;
      await sampler.tick();
      return written.length - before;
    };
    for (const later of [0, 1, 1, 1, 1, 1, 1]) assert.equal(await tick(later), 1);
    assert.equal(lists.length, 2);
    now.listing = new Error('the API server is gone');
    for (const later of [10, 10, 20]) assert.equal(await tick(later), 1);
    assert.equal(await tick(30), 0, 'the addresses are too old');
    assert.deepEqual(said.slice(1), ['the pods cannot be read: the API server is gone']);
    delete now.listing;
    assert.equal(await tick(1), 1);
    assert.deepEqual(said.slice(2), ['the pods can be read again']);
  });

  it('says who comes and goes', async () => {
    const { sampler, said, now } = await world('ab');
    await sampler.tick();
    now.time += 15;
    delete now.answers['b'];
    await sampler.tick();
    now.time += 15;
    delete now.answers['a'];
    await sampler.tick();
    assert.deepEqual(said.slice(1), [`asking ${NAME('a')}`, 'no pod is Ready']);
  });

  it('says when the journal cannot be written, and goes on', async () => {
    const { sampler, said, now } = await world('a');
    now.full = new Error('ENOSPC: no space left on device');
    assert.equal(await sampler.tick(), false);
    await sampler.tick();
    delete now.full;
    assert.equal(await sampler.tick(), true);
    assert.deepEqual(said.slice(1), [
      'the journal cannot be written: ENOSPC: no space left on device',
      'the journal can be written again',
    ]);
  });
});

describe('tickUntil', () => {
  const interval: Seconds = seconds(0.05);

  it('ticks at the interval, never two at once, and finishes the tick under way', async () => {
    const stop = new AbortController();
    let [running, most, ticks, finished] = [0, 0, 0, 0];
    const tick = async (): Promise<boolean> => {
      most = Math.max(most, ++running);
      if (++ticks === 4) stop.abort();
      await new Promise((done) => setTimeout(done, ticks === 2 ? 120 : 1));
      running--;
      finished++;
      return true;
    };
    const started = performance.now();
    await tickUntil(stop.signal, { tick }, interval);
    assert.deepEqual([most, ticks, finished], [1, 4, 4]);
    assert.ok(performance.now() - started >= 150, 'ticks of the past are not made up for');
  });

  it('does not wait for the next tick when it is told to stop', async () => {
    const stop = new AbortController();
    const started = performance.now();
    setTimeout(() => stop.abort(), 20);
    await tickUntil(stop.signal, { tick: async () => true }, seconds(60));
    assert.ok(performance.now() - started < 2_000);
  });
});
