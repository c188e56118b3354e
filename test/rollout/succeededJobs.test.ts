import assert from 'node:assert/strict';
import { METRIC_KEYS, type MetricKey } from '../../phases/metrics';
import { unixSeconds } from '../../phases/units';
import type { Fetched } from '../../rollout/series';
import { succeededJobs } from '../../rollout/succeededJobs';
import { found, NOTHING, sampled, UNREACHABLE } from '../support/series';
import { validSettings } from '../support/validSettings';

const NOW = unixSeconds(1_800_000_000);
const settings = validSettings();
const every = settings.timing.scrapeInterval;
const hour = { from: NOW - 3_660, to: NOW, every };
const grows = (time: number): number => (time - NOW + 10_000) / 60;

type All = { readonly [K in MetricKey]: Fetched };
const all = (jobs: Fetched, success: Fetched): All =>
  ({
    ...Object.fromEntries(METRIC_KEYS.map((key) => [key, NOTHING])),
    materializer_new: jobs,
    materializer_success_rate: success,
  }) as All;
const succeeded = (jobs: Fetched, success: Fetched) => succeededJobs(all(jobs, success), settings, NOW);

describe('rollout/succeededJobs', () => {
  it('is the share of the enqueued jobs that the success rate says', () => {
    const jobs = succeeded(found(sampled('denis-a', hour, grows)), found(sampled('denis-a', hour, 0.5)));
    assert.ok(jobs.kind === 'read');
    assert.ok(Math.abs(jobs.value - 30) < 0.5, `${jobs.value} of 60 jobs an hour`);
  });

  it('is exact with counters of the success rate', () => {
    const part = [sampled('denis-a', hour, (time) => 2 * grows(time))];
    const whole = [sampled('denis-a', hour, (time) => 4 * grows(time))];
    const jobs = succeeded(NOTHING, { kind: 'ratio', query: 'q', part, whole, notANumber: 0 });
    assert.ok(jobs.kind === 'read');
    assert.ok(Math.abs(jobs.value - 120) < 1, `${jobs.value}`);
  });

  it('is 0 where no job was enqueued, whatever the success rate is', () => {
    assert.deepEqual(succeeded(found(sampled('denis-a', hour, 5)), NOTHING), { kind: 'read', value: 0 });
  });

  it('counts the pods that came later, as long as one was there all the hour', () => {
    const late = sampled('denis-b', { ...hour, from: NOW - 600 }, grows);
    const jobs = succeeded(found(sampled('denis-a', hour, grows), late), found(sampled('denis-a', hour, 1)));
    assert.ok(jobs.kind === 'read' && jobs.value > 60);
  });

  it('is unknown where the samples do not reach back an hour, or are not there', () => {
    const short = succeeded(found(sampled('denis-a', { ...hour, from: NOW - 1_200 }, grows)), NOTHING);
    assert.deepEqual(short, {
      kind: 'unreadable',
      reason: 'the samples reach back 20m00s only, an hour is needed',
    });
    const down = succeeded(UNREACHABLE, NOTHING);
    assert.deepEqual(down, { kind: 'unreadable', reason: 'jobs: Prometheus: timed out' });
    const silent = succeeded(found(sampled('denis-a', hour, grows)), UNREACHABLE);
    assert.deepEqual(silent, { kind: 'unreadable', reason: 'success rate: Prometheus: timed out' });
  });
});
