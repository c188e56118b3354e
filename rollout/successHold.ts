import { percentAsRatio, type Seconds, seconds, type UnixSeconds, unixSeconds } from '../phases/units';
import { coverUntil, NEVER_VIOLATED, step, type TimerState } from './ruleTimer';
import type { RulesInput } from './ruleWatches';
import { foldSlots, increaseSlots, type Slots } from './slots';
import { enough, type MinuteEvidence, minutesNeeded, minutesSinceActivation, type WindowInput } from './window';

/** How long the window's success rate has been at or below the matrix line, counted from the end of the first whole window. */
export interface SuccessHold {
  readonly held: Seconds;
  readonly needed: Seconds;
  /** When it is to be taken back if it stays so; absent while it is above the line. */
  readonly rollbackAt?: UnixSeconds;
  readonly firedAt?: UnixSeconds;
}

/** Judges the success rate of every whole window since activation, minute by minute. Source: the plan's matrix, canary-10. */
export function successHoldOf(
  input: RulesInput,
  windowInput: WindowInput,
  evidence: MinuteEvidence,
): SuccessHold | undefined {
  const { rollbackAfter } = input.phase.matrix;
  const fetched = input.series.materializer_success_rate;
  if (rollbackAfter === undefined || (fetched.kind !== 'series' && fetched.kind !== 'ratio')) return undefined;
  const { timing, metrics, matrixSuccess } = input.settings;
  const { definition } = metrics.materializer_success_rate;
  const needed = timing.scaled(rollbackAfter);
  const period = { from: input.activatedAt, to: input.now };
  const interval = timing.scrapeInterval;
  const [share, whole] =
    fetched.kind === 'ratio'
      ? [fetched.part, fetched.whole].map((one) => increaseSlots(one, period, interval))
      : [foldSlots(fetched.series, period, interval, definition.acrossPods, definition.valid)];
  const { first, counts } = minutesSinceActivation(windowInput, evidence);
  const sums = perMinute(share!, whole, { first, length: counts.length, minute: timing.minute, interval });
  const line = percentAsRatio(matrixSuccess);
  const options = { for: needed, most: seconds(2 * timing.minute) };
  const length = minutesNeeded(windowInput);
  let timer: TimerState = NEVER_VIOLATED;
  let [counted, sum, weight] = [0, 0, 0];
  const take = (minute: number, sign: 1 | -1): void => {
    if (minute < 0 || !counts[minute]) return;
    counted += sign;
    sum += sign * sums.sum[minute]!;
    weight += sign * sums.weight[minute]!;
  };
  for (let minute = 0; minute < counts.length; minute++) {
    take(minute, 1);
    take(minute - length, -1);
    if (minute + 1 < length || !enough(counted, length) || weight <= 0) continue;
    const time = (first + minute + 1) * timing.minute;
    const violates = Number((sum / weight).toPrecision(12)) <= line;
    // A value above the line starts it anew, also after it fired.
    timer = violates ? step(timer, { time, violates }, options).state : NEVER_VIOLATED;
  }
  const { held, firedAt } = coverUntil(timer, input.now, options);
  return {
    held: seconds(held),
    needed,
    ...(timer.open === undefined ? {} : { rollbackAt: unixSeconds(input.now + Math.max(0, needed - held)) }),
    ...(firedAt === undefined ? {} : { firedAt: unixSeconds(firedAt) }),
  };
}

function perMinute(
  { first, values }: Slots,
  whole: Slots | undefined,
  grid: { readonly first: number; readonly length: number; readonly minute: Seconds; readonly interval: Seconds },
): { readonly sum: Float64Array; readonly weight: Float64Array } {
  const [sum, weight] = [new Float64Array(grid.length), new Float64Array(grid.length)];
  for (let slot = 0; slot < values.length; slot++) {
    const minute = Math.floor(((first + slot) * grid.interval) / grid.minute) - grid.first;
    if (Number.isNaN(values[slot]!) || minute < 0 || minute >= grid.length) continue;
    sum[minute]! += values[slot]!;
    weight[minute]! += whole === undefined ? 1 : whole.values[slot] || 0;
  }
  return { sum, weight };
}
