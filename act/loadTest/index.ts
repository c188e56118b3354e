import { setTimeout as pause } from 'node:timers/promises';
import { formatDuration, type Seconds, seconds } from '../../phases/units';
import { reasonOf } from '../../phases/userError';
import { type Hit, type LoadFigures, type LoadPlan, loadFigures, progressLine } from '../../rollout/loadTest';
import type { Generator } from './vegeta';

/** Why a load test came to its end. */
export type LoadEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'rule'; readonly verdict: 'ROLLBACK' | 'EMERGENCY'; readonly sentence: string }
  | { readonly kind: 'blind'; readonly reason: string }
  | { readonly kind: 'interrupted' };

/** What the gate says of the live phase. */
export interface Assessed {
  readonly verdict: string | undefined;
  readonly sentence: string;
}

export interface LoadTestParts {
  readonly start: (onHit: (hit: Hit) => void) => Generator;
  /** Asked every 10 s. @throws Error when the phase cannot be judged */
  readonly assess: (signal: AbortSignal) => Promise<Assessed>;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
  /** How long the phase may go unjudged. @default 60 s */
  readonly mostBlind?: Seconds;
}

export interface LoadTestRun {
  readonly end: LoadEnd;
  readonly figures: LoadFigures;
  /** Share of one core. */
  readonly generatorCpu: number | undefined;
}

const EVERY_MS = 10_000;
/** After this, nobody knows how the service is that the load falls on. */
const MOST_BLIND = seconds(60);

/**
 * Runs one load test to its end, or until a rollback rule fires: then no further request is sent. Load without sight of the
 * rules ends after a minute too.
 */
export async function runLoadTest(
  plan: LoadPlan,
  { start, assess, say, signal, mostBlind = MOST_BLIND }: LoadTestParts,
): Promise<LoadTestRun> {
  const hits: Hit[] = [];
  const began = performance.now();
  const passed = (): Seconds => seconds((performance.now() - began) / 1000);
  const generator = start((hit) => hits.push(hit));
  const over = new AbortController();
  const stopping = AbortSignal.any([signal, over.signal]);
  const watching = watchRules();
  watching.catch(() => {});
  const interrupt = (): void => generator.stop();
  signal.addEventListener('abort', interrupt, { once: true });
  try {
    await generator.ended;
  } finally {
    signal.removeEventListener('abort', interrupt);
    over.abort();
    generator.stop();
  }
  const used = generator.cpuSeconds();
  const end = (await watching) ?? (signal.aborted ? ({ kind: 'interrupted' } as const) : ({ kind: 'done' } as const));
  return {
    end,
    figures: loadFigures(plan, hits),
    generatorCpu: used === undefined ? undefined : used / passed(),
  };

  async function watchRules(): Promise<LoadEnd | undefined> {
    let seen = passed();
    while (!stopping.aborted) {
      generator.cpuSeconds();
      let verdict = '';
      try {
        const found = await assess(stopping);
        if (found.verdict === undefined) throw new Error(found.sentence);
        seen = passed();
        verdict = found.verdict;
        if (found.verdict === 'ROLLBACK' || found.verdict === 'EMERGENCY') {
          generator.stop();
          return { kind: 'rule', verdict: found.verdict, sentence: found.sentence };
        }
      } catch (thrown) {
        if (stopping.aborted) return undefined;
        const reason = reasonOf(thrown).split('\n')[0]!;
        verdict = `cannot be judged: ${reason}`;
        if (passed() - seen > mostBlind) {
          generator.stop();
          return { kind: 'blind', reason: `not judged for ${formatDuration(mostBlind)}: ${reason}` };
        }
      }
      if (stopping.aborted) return undefined;
      say(`${progressLine(plan, loadFigures(plan, hits), passed())}  ${verdict}`);
      await pause(EVERY_MS, undefined, { signal: stopping }).catch(() => {});
    }
    return undefined;
  }
}
