import type { Settings } from '../phases/settings';
import { type Seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import type { Decision, Verdict } from './decide';
import type { LiveSegment } from './liveSegments';
import { ofComponent, seriesIn } from './measurement';
import type { AllFetched } from './playback';
import type { RuleResult } from './rollback';
import { type RuleReport, ruleReport } from './ruleReport';
import { increaseSlots } from './slots';

/** What the plan made of a segment. Plain data. */
export interface Watched {
  /** First PROMOTE or COMPLETE. */
  readonly promoted?: Said;
  /** First ROLLBACK or EMERGENCY. */
  readonly takenBack?: Said;
  readonly rules: readonly RuleReport[];
  /** What was said from when to when, oldest first, without a gap. */
  readonly spans: readonly VerdictSpan[];
  /** Finished or queued jobs in the whole segment; undefined when none were counted. */
  readonly jobs?: number;
  /** How many moments were judged. */
  readonly judged: number;
}

/** What was said at one moment. */
export interface Said {
  readonly at: UnixSeconds;
  readonly verdict: Verdict;
  /** Stable name of what decided. */
  readonly rule: string;
  readonly sentence: string;
}

export interface VerdictSpan {
  readonly verdict: Verdict;
  readonly rule: string;
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  /** As it stood at the last moment that was judged. */
  readonly sentence: string;
}

/** What is kept of the judgement of one moment. */
export interface Glance extends Said {
  readonly changesAt: UnixSeconds | undefined;
  readonly rules: readonly RuleResult[];
}

export interface WatchInput {
  readonly segment: LiveSegment;
  readonly judge: (at: UnixSeconds) => Decision;
  /** How far apart the moments are that are judged in any case. */
  readonly step: Seconds;
  readonly series: AllFetched;
  readonly settings: Pick<Settings, 'timing'>;
}

/** Silences are looked at one by one up to this number: a metric that comes and goes all the time is left to the grid. */
const MOST_SILENCES = 50;

/**
 * Judges a segment at a grid of moments, where a rule fired, where a HOLD said that it can end, and where samples ceased;
 * then between every two that differ, down to a minute.
 */
export function watchSegment(input: WatchInput): Watched {
  const { segment, settings } = input;
  const { minute } = settings.timing;
  const seen = new Map<number, Glance>();
  const look = (at: number): Glance => {
    const glance = seen.get(at) ?? glanceOf(input.judge(unixSeconds(at)));
    seen.set(at, glance);
    return glance;
  };
  const sorted = (): Glance[] => [...seen.values()].sort((a, b) => a.at - b.at);
  const atMinute = (time: number): number => Math.min(segment.to, Math.ceil(time / minute) * minute);

  const end = look(segment.to);
  for (const at of gridOf(input, end.rules)) look(at);
  sorted().forEach(({ at, changesAt }, index, all) => {
    const next = all[index + 1]?.at;
    if (changesAt !== undefined && next !== undefined && changesAt > at && changesAt < next) look(atMinute(changesAt));
  });
  const refine = (low: number, high: number): void => {
    const middle = Math.floor((low + high) / 2 / minute) * minute;
    if (middle <= low || alike(look(low), look(high))) return;
    refine(low, middle);
    refine(middle, high);
  };
  sorted().forEach(({ at }, index, all) => {
    if (index > 0) refine(all[index - 1]!.at, at);
  });
  const rules = end.rules.map(({ id }) => ruleReport(id, sorted(), look, minute));

  const glances = sorted();
  const promoted = glances.find(({ verdict }) => verdict === 'PROMOTE' || verdict === 'COMPLETE');
  const takenBack = glances.find(({ verdict }) => verdict === 'ROLLBACK' || verdict === 'EMERGENCY');
  const jobs = jobsIn(input);
  return {
    ...(promoted === undefined ? {} : { promoted: saidAt(promoted) }),
    ...(takenBack === undefined ? {} : { takenBack: saidAt(takenBack) }),
    rules,
    spans: spansOf(glances, segment),
    ...(jobs === undefined ? {} : { jobs }),
    judged: glances.length,
  };
}

/** The moments that are looked at in any case. */
function gridOf(input: WatchInput, rulesAtEnd: readonly RuleResult[]): number[] {
  const { segment, step, settings } = input;
  const { minute } = settings.timing;
  const moments = [Math.ceil(segment.from / minute) * minute];
  for (let at = Math.ceil(segment.from / step) * step; at < segment.to; at += step) moments.push(at);
  for (const { firedAt } of rulesAtEnd) if (firedAt !== undefined) moments.push(Math.ceil(firedAt));
  for (const time of silences(input)) moments.push(Math.ceil(time / minute) * minute);
  return moments.filter((at) => at < segment.to);
}

const glanceOf = ({ verdict, rule, sentence, changesAt, facts }: Decision): Glance => ({
  at: facts.now,
  verdict,
  rule,
  sentence,
  changesAt,
  rules: facts.rules,
});

const saidAt = ({ at, verdict, rule, sentence }: Glance): Said => ({ at, verdict, rule, sentence });

/** Whether the same speaks at both moments. */
const alike = (one: Said, other: Said): boolean => one.verdict === other.verdict && one.rule === other.rule;

function spansOf(glances: readonly Glance[], { from, to }: LiveSegment): readonly VerdictSpan[] {
  const spans: VerdictSpan[] = [];
  glances.forEach((glance, index) => {
    const until = glances[index + 1]?.at ?? to;
    const { verdict, rule, sentence } = glance;
    const open = spans.at(-1);
    if (open !== undefined && alike(glances[index - 1]!, glance))
      spans[spans.length - 1] = { ...open, to: until, sentence };
    else spans.push({ verdict, rule, from: index === 0 ? from : glance.at, to: until, sentence });
  });
  return spans;
}

/** When a metric had been silent for so long that it was stale, and when it came again. */
function silences({ series, segment: { from, to }, settings: { timing } }: WatchInput): number[] {
  const moments: number[] = [];
  for (const fetched of Object.values(series)) {
    const all = 'notANumber' in fetched ? seriesIn(fetched) : [];
    for (const component of new Set(all.map((one) => one.component))) {
      const within = ofComponent(all, component).flatMap(({ times }) => times.filter((at) => at >= from && at < to));
      const times = Float64Array.from(within).sort();
      const found: number[] = [];
      times.forEach((last, index) => {
        const next = times[index + 1] ?? to;
        if (next - last > timing.staleAfter) found.push(last + timing.staleAfter + 1, next);
      });
      moments.push(...found.slice(0, 2 * MOST_SILENCES));
    }
  }
  return moments;
}

function jobsIn({ series, segment, settings: { timing } }: WatchInput): number | undefined {
  const finished = series.materializer_success_rate;
  const queued = series.materializer_new;
  const counted = finished.kind === 'ratio' ? finished.whole : queued.kind === 'series' ? queued.series : [];
  const { values } = increaseSlots(counted, segment, timing.scrapeInterval);
  const grown = values.filter((value) => !Number.isNaN(value));
  return grown.length === 0 ? undefined : Math.round(grown.reduce((sum, value) => sum + value, 0));
}
