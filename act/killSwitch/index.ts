import { type KillReading, readForKill } from '../../observe/killReading';
import type { Kubectl } from '../../observe/kubectl';
import type { LastKnown } from '../../observe/lastKnown';
import type { PodAccess } from '../../observe/podAccess';
import type { ClusterSettings } from '../../phases/settings';
import { reasonOf } from '../../phases/userError';
import type { KillOrder, KillOutcome, Way, WayOutcome } from '../../rollout/kill';
import { type Latch, latchTextSentence } from '../../rollout/latch';
import { tellPods } from './api';
import { attempt, endingWith } from './attempt';
import { turnEnvironmentOff } from './environment';
import { turnFlagOff } from './flag';
import { copyLatch, copyOf, type Latched, writeOnDenis } from './latch';
import { jobSeries, type Lookout, lookoutOn } from './lookout';
import { readingsOf } from './readings';
import type { WayContext, WayToOff } from './way';
import { stopWorkers } from './workers';

export interface KillTargets {
  /** An empty clusterUid pins none: then whatever cluster the context names is meant. */
  readonly cluster: ClusterSettings;
  readonly kubectl: Kubectl;
  readonly access: PodAccess;
  /** URL; may take its time (decryption) or fail: the flag alone fails then. */
  readonly redis: () => Promise<string>;
  /** Nobody said that this is the Redis which Denis reads: then the flag alone confirms nothing. @default false */
  readonly redisAssumed?: boolean;
  /** Pods and token of the last reading, for an API server that is down. */
  readonly lastKnown: LastKnown | undefined;
  /** Told of every reading, token included. */
  readonly remember?: (reading: KillReading) => void;
}

export interface KillProgress {
  readonly afterMs: number;
  readonly way: Way | 'latch';
  readonly sentence: string;
}

export interface KillOptions {
  /** ms, of any epoch. */
  readonly clock: () => number;
  readonly onProgress: (progress: KillProgress) => void;
  readonly signal?: AbortSignal;
  /** Begun by the caller, who goes on looking after the kill and ends it. @default one of its own, which ends with the kill */
  readonly lookout?: Lookout;
}

export interface RunningKill {
  /** ms after the order at which the first way was confirmed; undefined when none will be. */
  readonly confirmed: Promise<number | undefined>;
  /** The latch is written and copied, or given up. */
  readonly latched: Promise<Pick<KillOutcome, 'latched' | 'copied'>>;
  /** All ways are done or failed, and the latch too. */
  readonly ended: Promise<KillOutcome>;
}

/** When a way is given up, ms after the order. Its pods may take their time to restart; a pod is told at once, or never. */
const DEADLINES: Readonly<Record<Way | 'latch', number>> = {
  flag: 35_000,
  api: 65_000,
  environment: 120_000,
  workers: 90_000,
  latch: 70_000,
};

/**
 * Turns the feature off by all ways of the order at once. Each has its own deadline and none waits for another; nothing of it
 * goes through Pulumi, Prometheus or the metrics' history. Never rejects.
 */
export function kill(order: KillOrder, targets: KillTargets, options: KillOptions): RunningKill {
  const { cluster, kubectl, access, redis, redisAssumed = false, lastKnown, remember } = targets;
  const begun = options.clock();
  const elapsed = (): number => Math.round(options.clock() - begun);
  const lookout = options.lookout ?? lookoutOn(access, cluster.namespace, jobSeries(), elapsed);
  if (lastKnown !== undefined) lookout.watch(lastKnown.pods);

  // What was there before this kill stopped them: a later reading finds 0.
  let workersBefore: number | undefined;
  const onRead = (reading: KillReading): void => {
    const pods = reading.denis?.denis.pods.filter(({ ready }) => ready) ?? [];
    if (reading.unlisted === undefined) lookout.watch(pods);
    if (reading.workers !== undefined && reading.workers.replicas > 0) workersBefore ??= reading.workers.replicas;
    remember?.(reading);
  };
  const latch = (): Latch =>
    order.ways.includes('workers') && workersBefore !== undefined
      ? { ...order.latch, workers: workersBefore }
      : order.latch;

  const over = new AbortController();
  const everything = options.signal === undefined ? over.signal : AbortSignal.any([over.signal, options.signal]);
  const readings = readingsOf(() => readForKill(endingWith(kubectl, everything), cluster), onRead);
  const say = (way: Way | 'latch', sentence: string): void => options.onProgress({ afterMs: elapsed(), way, sentence });
  const shared = { cluster, access, redis, redisAssumed, lastKnown, readings, lookout, elapsed };
  const run = <T>(way: Way | 'latch', act: (context: WayContext) => Promise<T>): Promise<T> =>
    attempt(kubectl, Math.max(0, DEADLINES[way] - elapsed()), everything, (given) =>
      act({ ...shared, ...given, say: (sentence) => say(way, sentence) }),
    );

  const off = order.ways.includes('environment');
  const onOff = (move: number | undefined): void =>
    say('environment', move === undefined ? 'declared off before' : `declared off, move ${move}: the pods restart`);
  const write = (context: WayContext): Promise<Latched> => writeOnDenis(context, { off, latch, onOff });
  const written = run('latch', write);
  const latched = (async (): Promise<Pick<KillOutcome, 'latched' | 'copied'>> => {
    const standing = await written.catch((thrown: unknown): Latched => ({ kind: 'not', why: reasonOf(thrown) }));
    if (standing.kind === 'latched') {
      const before =
        standing.wrote === 'nothing' ? `stands from before, ${latchTextSentence(standing.text)}` : 'written';
      say('latch', before);
    }
    const copied = await run('latch', (context) => copyLatch(context, copyOf(standing, latch()))).then(
      () => true as const,
      reasonOf,
    );
    return { latched: standing.kind === 'latched' ? true : standing.why, copied };
  })();
  const ways: Readonly<Record<Way, WayToOff>> = {
    flag: turnFlagOff,
    api: tellPods,
    environment: (context) => {
      let first = true;
      return turnEnvironmentOff(context, () => {
        const writing = first ? written : write(context);
        first = false;
        return writing;
      });
    },
    workers: stopWorkers,
  };
  const outcomes = order.ways.map(async (way): Promise<WayOutcome> => {
    const end = (state: WayOutcome['state'], sentence: string): WayOutcome => {
      say(way, `${state}: ${sentence}`);
      return { way, state, afterMs: elapsed(), sentence };
    };
    return run(way, ways[way]).then(
      (sentence) => end('confirmed', sentence),
      (thrown: unknown) => end('failed', reasonOf(thrown)),
    );
  });

  const ended = Promise.all([Promise.all(outcomes), latched]).then(([each, latch]): KillOutcome => {
    over.abort();
    if (options.lookout === undefined) lookout.stop();
    return { ways: each, ...latch };
  });
  return { confirmed: firstConfirmed(outcomes), latched, ended };
}

function firstConfirmed(outcomes: readonly Promise<WayOutcome>[]): Promise<number | undefined> {
  return new Promise((resolve) => {
    for (const outcome of outcomes) {
      void outcome.then(({ state, afterMs }) => {
        if (state === 'confirmed') resolve(afterMs);
      });
    }
    void Promise.all(outcomes).then(() => resolve(undefined));
  });
}
