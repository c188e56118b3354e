import { reasonOf } from '../../phases/userError';
import type { Action } from '../../rollout/action';
import { isOff } from '../../rollout/incident';
import type { KillOutcome, Way } from '../../rollout/kill';
import type { Author } from '../../rollout/plan';
import type { Deed } from '../../rollout/watchStep';
import { type KillTargets, kill } from '../killSwitch/index';

export type KillDeed = Extract<Deed, { kind: 'kill' }>;

export interface KillsOptions {
  /** With what is known now: settings, pods, token. */
  readonly targets: () => KillTargets;
  readonly author: () => Author;
  readonly stack: string;
  readonly say: (sentence: string) => void;
  /** Writes down what was done. Never throws. */
  readonly record: (action: Action) => Promise<void>;
  /** Whether the rollback of an incident is written down already: by a watcher that died before it could say so. */
  readonly isRecorded: (incident: string) => Promise<boolean>;
}

interface Running {
  readonly ways: readonly Way[];
  readonly ended: Promise<void>;
}

/**
 * The kills that the watcher orders. One that runs is not made anew: only ways that it does not go are a further kill. It goes on
 * while the watcher ticks; how it ended is for the next tick.
 */
export class Kills {
  private running: Running[] = [];
  private outcome: KillOutcome | undefined;

  constructor(private readonly options: KillsOptions) {}

  order(deed: KillDeed): void {
    const under = this.running.flatMap(({ ways }) => ways);
    if (deed.ways.every((way) => under.includes(way))) return;
    const ended = this.run(deed)
      .catch((thrown: unknown) => this.options.say(`the kill failed: ${reasonOf(thrown)}`))
      .finally(() => this.forget(running));
    const running: Running = { ways: deed.ways, ended };
    this.running.push(running);
  }

  /** How the last one ended, once. */
  take(): KillOutcome | undefined {
    const { outcome } = this;
    this.outcome = undefined;
    return outcome;
  }

  /** Resolves when none runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.running.map(({ ended }) => ended));
  }

  private forget(running: Running): void {
    this.running = this.running.filter((one) => one !== running);
  }

  private async run(deed: KillDeed): Promise<void> {
    const { targets, author, say, record, isRecorded, stack } = this.options;
    const { by, at } = author();
    const { ways, reason, incident } = deed;
    say(`killing ${ways.join(', ')}: ${reason}`);
    const clock = (): number => performance.now();
    const running = kill({ ways, latch: { by, at, reason } }, targets(), {
      clock,
      onProgress: ({ way, sentence }) => say(`${way}: ${sentence}`),
    });
    const outcome = await running.ended;
    this.outcome = outcome;
    // One that is repeated until it is confirmed is written down once, when it is.
    if (!isOff(outcome, incident ?? { verdict: 'ROLLBACK' })) return say(`not off yet: ${unconfirmed(outcome)}`);
    const done = { at, by, reason, stack, outcome };
    if (incident === undefined) return record({ kind: 'kill', ...done });
    const { id, verdict, rule } = incident;
    const key = `${id} ${verdict}`;
    if (!(await isRecorded(key).catch(() => false)))
      await record({ kind: 'rollback', ...done, verdict, rule, incident: key });
  }
}

function unconfirmed({ ways, latched }: KillOutcome): string {
  const failed = ways.filter(({ state }) => state === 'failed').map(({ way, sentence }) => `${way}: ${sentence}`);
  return [...failed, ...(latched === true ? [] : [`not latched: ${latched}`])].join('; ');
}
