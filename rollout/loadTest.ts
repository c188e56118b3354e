import { z } from 'zod';
import type { CheckSpec } from '../phases/phase';
import { formatDuration, type Seconds, seconds, unixSeconds } from '../phases/units';
import type { Baseline } from './baseline';
import { limitOf, satisfies } from './check';
import type { Reading } from './cluster';
import { plainText } from './plainText';
import { quantile } from './quantile';
import { failingResult, type SideCheck } from './sideChecks';

/** So many requests, spread evenly over so long. */
export interface LoadPlan {
  readonly requests: number;
  readonly length: Seconds;
}

/** One request that was sent. */
export interface Hit {
  /** Counted from 0. */
  readonly number: number;
  /** When it was sent, Unix seconds. */
  readonly at: number;
  /** From sending to the last byte of the answer, or to giving up. */
  readonly latency: Seconds;
  /** HTTP status; 0 without an answer. */
  readonly status: number;
}

const figuresShape = {
  sent: z.number(),
  /** Requests of the plan that the generator never sent. */
  dropped: z.number(),
  /** Requests sent more than a quarter of a second after they were due. */
  late: z.number(),
  /** Answers other than 200, and no answer. */
  failed: z.number(),
  /** Requests a second that were really sent. */
  rps: z.number(),
  errorRate: z.number(),
  /** Seconds; absent where nothing was sent. */
  p50: z.number().optional(),
  p95: z.number().optional(),
  p99: z.number().optional(),
} as const;
const figuresSchema = z.object(figuresShape);
export type LoadFigures = z.output<typeof figuresSchema>;

/** `generator`: this machine was the limit, so that the figures say nothing of Denis. */
export const LOAD_VERDICTS = ['passed', 'failed', 'generator', 'stopped'] as const;

const resultSchema = z.object({
  version: z.literal(1),
  /** What it belongs to: a result is of one rollout, one move and one image. */
  rollout: z.string().optional(),
  move: z.string().optional(),
  image: z.string().optional(),
  stack: z.string(),
  /** ISO times of begin and end. */
  at: z.string(),
  until: z.string(),
  requests: z.number(),
  seconds: z.number(),
  ...figuresShape,
  /** Share of one core that the generator used. */
  generatorCpu: z.number().optional(),
  verdict: z.enum(LOAD_VERDICTS),
  sentences: z.array(z.string()),
});

/** What one load test found, as it is kept beside the evidence. */
export type LoadTestResult = z.output<typeof resultSchema>;

/** @returns undefined when the text is no result */
export function readLoadTest(text: string): LoadTestResult | undefined {
  try {
    return resultSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Later than this after it was due, a request is late: the generator did not keep up. Timers alone are some milliseconds late. */
const LATE_SECONDS = 0.25;
const GOOD = 200;

/** Sums up what was sent so far. */
export function loadFigures({ requests, length }: LoadPlan, hits: readonly Hit[]): LoadFigures {
  const sent = hits.length;
  const failed = hits.filter(({ status }) => status !== GOOD).length;
  const interval = length / requests;
  // The earliest one, compared with its place in the plan, was on time.
  const offsets = hits.map(({ number, at }) => at - number * interval);
  const start = offsets.reduce((least, one) => Math.min(least, one), Number.POSITIVE_INFINITY);
  const last = hits.reduce((latest, { at }) => Math.max(latest, at), start);
  const latencies = hits.map(({ latency }) => latency);
  const percentiles =
    sent === 0 ? {} : { p50: quantile(latencies, 0.5), p95: quantile(latencies, 0.95), p99: quantile(latencies, 0.99) };
  return {
    sent,
    dropped: requests - sent,
    late: offsets.filter((offset) => offset - start > LATE_SECONDS).length,
    failed,
    rps: sent < 2 || last <= start ? sent / length : sent / (last - start + interval),
    errorRate: sent === 0 ? 0 : failed / sent,
    ...percentiles,
  };
}

/** Shares from which on the generator was the limit. */
const MOST_LATE = 0.01;
const MOST_DROPPED = 0.001;

export interface LoadLimits {
  /** The phase's checks; error rate and chat p99 are read. */
  readonly checks: readonly CheckSpec[];
  readonly baseline: Baseline | undefined;
}

/**
 * Judges a load test that ran to its end. Pure.
 * @returns the verdict, and why, a sentence each
 */
export function judgeLoadTest(
  { requests, length }: LoadPlan,
  figures: LoadFigures,
  { checks, baseline }: LoadLimits,
): { readonly verdict: 'passed' | 'failed' | 'generator'; readonly sentences: readonly string[] } {
  const { sent, late, dropped } = figures;
  if (sent === 0 || dropped > requests * MOST_DROPPED || late > sent * MOST_LATE) {
    const sentence = `this machine was the limit, not Denis: of ${requests} requests in ${formatDuration(length)} it never sent ${dropped} and sent ${late} too late; use a lower rate, or a machine with more to spare`;
    return { verdict: 'generator', sentences: [sentence] };
  }
  const judged = [judgeErrors(figures, checks), judgeLatency(figures, checks, baseline)];
  return {
    verdict: judged.every(({ ok }) => ok) ? 'passed' : 'failed',
    sentences: judged.map(({ sentence }) => sentence),
  };
}

interface Judged {
  readonly ok: boolean;
  readonly sentence: string;
}

function judgeErrors({ errorRate, failed, sent }: LoadFigures, checks: readonly CheckSpec[]): Judged {
  const limit = checks.find(({ id }) => id === 'error-rate')!.limit as Extract<
    CheckSpec['limit'],
    { kind: 'absolute' }
  >;
  const found = `${percent(errorRate)} of the requests failed (${failed} of ${sent})`;
  const ok = satisfies(errorRate, limit.comparison, limit.value);
  return { ok, sentence: `${found}, ${limit.comparison} ${percent(limit.value)} is needed` };
}

/** Without a baseline there is nothing to hold it against, which is said. */
function judgeLatency({ p99 }: LoadFigures, checks: readonly CheckSpec[], baseline: Baseline | undefined): Judged {
  const found = `chat p99 was ${p99!.toFixed(3)} s`;
  const spec = checks.find(({ id }) => id === 'chat-p99');
  const limit = spec && limitOf(spec, baseline);
  if (spec === undefined || limit === undefined)
    return { ok: true, sentence: `${found}; no baseline is pinned, so it was not judged` };
  const needed = `${spec.limit.comparison} ${limit.toFixed(3)} s is needed (baseline ${baseline!.chatP99.toFixed(3)} s)`;
  return { ok: satisfies(p99!, spec.limit.comparison, limit), sentence: `${found}, ${needed}` };
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))} %`;

/** One line while it runs. */
export function progressLine({ requests, length }: LoadPlan, figures: LoadFigures, passed: Seconds): string {
  const { sent, failed, p50, p99 } = figures;
  const latency = p50 === undefined || p99 === undefined ? '' : `  p50 ${p50.toFixed(3)} s  p99 ${p99.toFixed(3)} s`;
  return `${formatDuration(seconds(Math.round(passed)))} of ${formatDuration(length)}  ${sent} of ${requests} sent  ${failed} failed${latency}`;
}

/** The result for people. */
export function loadTestText(result: LoadTestResult): string {
  const { verdict, stack, sent, requests, rps, p50, p95, p99, generatorCpu, sentences } = result;
  const shown = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(3)} s`);
  const cpu = generatorCpu === undefined ? '' : `  generator ${Math.round(generatorCpu * 100)} % of a core`;
  return [
    `load test of ${stack}   ${verdict.toUpperCase()}`,
    `  ${sent} of ${requests} requests sent, ${rps.toFixed(2)} a second${cpu}`,
    `  p50 ${shown(p50)}  p95 ${shown(p95)}  p99 ${shown(p99)}`,
    ...sentences.map((sentence) => `  ${sentence}`),
  ].join('\n');
}

export const LOAD_TEST = { id: 'load-test', title: 'load test' } as const;

/** The last one of the live move, as a line of the table. One that says nothing of Denis is not known. */
export function loadTestCheck(last: Reading<LoadTestResult>, { hard }: { readonly hard: boolean }): SideCheck {
  const kind = hard ? 'hard' : 'soft';
  if (last.kind === 'unreadable') return { ...LOAD_TEST, kind, result: 'unknown', sentence: last.reason };
  const { verdict, requests, seconds: took, sentences, until } = last.value;
  const results = {
    passed: 'pass',
    failed: failingResult(kind),
    stopped: failingResult(kind),
    generator: 'unknown',
  } as const;
  const sentence = `load test of ${requests} requests in ${formatDuration(seconds(took))} ${verdict}: ${sentences.join('; ')}`;
  const at = unixSeconds(Date.parse(until) / 1000);
  return { ...LOAD_TEST, kind, result: results[verdict], sentence: plainText(sentence), at };
}
