import { phaseNamed } from '../../phases/ladder';
import type { MetricKey } from '../../phases/metrics';
import type { PhaseName } from '../../phases/phase';
import type { DecideInput } from '../../rollout/facts';
import type { Bucket, Fetched } from '../../rollout/series';
import { healthy, NOON, type Readings } from './healthyPhase';
import { found, sampled, UNREACHABLE, type ValueAt } from './series';
import { validSettings } from './validSettings';

/** Time runs 9,600 times faster, one pod, one sample a second: a whole phase is a few dozen samples, so that properties may try many. */
const SETTINGS = { timeScale: 9_600, scrapeInterval: '1s', minimumJobs: 20, ruleMinimumFailed: 3 };
const POD = 'denis-a';
export const { timing: FAST } = validSettings(SETTINGS);
/** Ten jobs a second: half of a rule's least in one look-back of success. */
const JOBS_A_SECOND = 10;

/** What may be bad in a fast world, each a value for every moment. */
export interface Course {
  readonly success: ValueAt;
  readonly error: ValueAt;
  readonly latency: ValueAt;
  readonly chat: ValueAt;
  readonly queue: ValueAt;
  /** Seconds since the heartbeat. */
  readonly seen: ValueAt;
  readonly graph: ValueAt;
  readonly api: ValueAt;
  readonly workers: ValueAt;
}

export const WELL: Course = {
  success: 0.998,
  error: 0.0002,
  latency: 1.2,
  chat: 0.4,
  queue: 12,
  seen: 5,
  graph: 0.2,
  api: 0.5,
  workers: 0.5,
};

export interface FastOptions {
  readonly course?: Partial<Course>;
  /** How long ago the warm-up ended, in windows of the phase. */
  readonly age?: number;
  /** Whether rates come from two counters, and latencies from a histogram. */
  readonly counted?: boolean;
}

/** A phase in fast time, healthy but for its course; complete unless its age is below 1. */
export function fastPhase(name: PhaseName, { course, age = 1.3, counted = false }: FastOptions = {}): DecideInput {
  const activatedAt = activation(name, age);
  const all: Course = { ...WELL, ...course };
  const span = { from: activatedAt, to: NOON, every: 1 };
  const readings: Readings = {
    materializer_success_rate: counted ? counters(span, all.success) : all.success,
    error_rate: counted ? counters(span, all.error) : all.error,
    materializer_latency_p99: counted ? histogram(span, all.latency) : all.latency,
    chat_latency_p99: counted ? histogram(span, all.chat) : all.chat,
    queue_depth: all.queue,
    worker_seen: (time) => time - at(all.seen, time),
    graph_write_latency_p99: counted ? histogram(span, all.graph) : all.graph,
    materializer_new: (time) => time * JOBS_A_SECOND,
    api: all.api,
    workers: all.workers,
  };
  return healthy(name, { settings: SETTINGS, every: 1, activatedAt, pods: [POD], readings });
}

/** Unix seconds; a little before the warm-up would have to begin, so that the last minute is whole. */
export function activation(name: PhaseName, age: number): number {
  return Math.floor(NOON - FAST.warmUp - age * FAST.window(phaseNamed(name)!) - 2);
}

/** What a series that is not there looks like; the last one was well, and is stale. */
export function missingSeries(key: MetricKey, kind: number): Fetched {
  const answers: readonly Fetched[] = [
    { kind: 'series', query: key, series: [], notANumber: 0 },
    { kind: 'ambiguous', query: key, detail: 'two series for pod denis-a' },
    { ...UNREACHABLE, query: key },
  ];
  return answers[kind] ?? { ...found(...stale(key)), query: key };
}
export const MISSING_KINDS = 4;

function stale(key: MetricKey) {
  const span = { from: NOON - 60, to: NOON - FAST.staleAfter - 2, every: 1 };
  const values: Partial<Record<MetricKey, ValueAt>> = {
    materializer_success_rate: WELL.success,
    error_rate: WELL.error,
    chat_latency_p99: WELL.chat,
    worker_seen: (time) => time - 1,
    uptime: 1,
    materializer_new: (time) => time * JOBS_A_SECOND,
  };
  const value = values[key] ?? 0.5;
  return key === 'memory_usage'
    ? [sampled(POD, span, value, 'api'), sampled(POD, span, value, 'workers')]
    : [sampled(POD, span, value)];
}

export const at = (value: ValueAt, time: number): number => (typeof value === 'number' ? value : value(time));

type Span = Parameters<typeof sampled>[1];

/** A counter that grows by so much with every sample. */
function counter(span: Span, growth: (time: number) => number) {
  let total = 0;
  return sampled(POD, span, (time) => {
    total += growth(time);
    return total;
  });
}

function counters(span: Span, share: ValueAt): Fetched {
  return {
    kind: 'ratio',
    query: 'part / whole',
    part: [counter(span, (time) => JOBS_A_SECOND * at(share, time))],
    whole: [counter(span, () => JOBS_A_SECOND)],
    notANumber: 0,
  };
}

const EDGES = [0.1, 0.4, 0.5, 1, 3, 4, 5, 10, Number.POSITIVE_INFINITY];

function histogram(span: Span, value: ValueAt): Fetched {
  const buckets = EDGES.map((le): Bucket => {
    const series = [counter(span, (time) => (at(value, time) <= le ? JOBS_A_SECOND : 0))];
    return { le, series };
  });
  return { kind: 'histogram', query: 'latency_bucket', buckets, notANumber: 0 };
}
