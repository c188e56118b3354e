/** Rounding of sums such as 25 × 0.04 must not move a failure to the next event. */
const EPSILON = 1e-9;

/**
 * Spreads failures evenly: at a rate of 0.04 exactly every 25th event fails. Each key (the percentage of the pods,
 * for jobs) is spread by itself, so that two phases side by side both show the rate.
 */
export class ErrorDiffusion {
  private readonly debts = new Map<string, number>();

  /** Whether the next event fails. @param rate ratio of events that fail, 0–1 */
  next(rate: number, key = ''): boolean {
    const debt = (this.debts.get(key) ?? 0) + rate;
    const fails = debt >= 1 - EPSILON;
    this.debts.set(key, fails ? debt - 1 : debt);
    return fails;
  }
}
