import { lookAfterKill } from '../act/killSwitch/after';
import { endingWith } from '../act/killSwitch/attempt';
import type { KillOptions, KillProgress, KillTargets, RunningKill } from '../act/killSwitch/index';
import { lookoutOn } from '../act/killSwitch/lookout';
import { readForKill } from '../observe/killReading';
import type { Action } from '../rollout/action';
import { type AfterKill, confirmedAfter, type KillOrder, type KillOutcome, killExitCode } from '../rollout/kill';
import { afterLine, heading, offLine, progressLine, summary } from './killReport';
import type { KillSettings } from './killSettings';
import { stopOnSignals } from './stopOnSignals';

const UID_MS = 1_500;

export interface KillRun {
  readonly order: KillOrder;
  readonly settings: KillSettings;
  readonly targets: KillTargets;
  readonly begin: (options: KillOptions) => RunningKill;
  /** False returns at the first confirmation. */
  readonly wait: boolean;
  /** What the evidence says of it. */
  readonly action: (outcome: KillOutcome, look: readonly AfterKill[]) => Action;
}

/** Runs one kill with its report, and looks after it. @returns the exit code */
export async function runKill({ order, settings, targets, begin, wait, action }: KillRun): Promise<number> {
  console.log(heading(order, settings, await uidOf(targets)));

  const begun = performance.now();
  const elapsed = (): number => performance.now() - begun;
  const lookout = lookoutOn(targets.access, settings.cluster.namespace, settings.series, elapsed);
  // What is written stays written.
  const stop = stopOnSignals();
  try {
    const say = (progress: KillProgress): void => {
      if (!stop.signal.aborted) console.log(progressLine(progress));
    };
    const running = begin({ clock: elapsed, signal: stop.signal, lookout, onProgress: say });
    void running.confirmed.then((afterMs) => {
      if (afterMs !== undefined && wait) console.log(offLine(afterMs));
    });
    const outcome = wait ? await running.ended : await firstOf(running, stop);
    console.log(summary(order, outcome));
    const looks = wait && confirmedAfter(outcome) !== undefined && !stop.signal.aborted;
    if (looks) console.log('Looking after it:');
    const look = !looks
      ? []
      : await lookAfterKill({
          access: targets.access,
          lookout,
          read: () => readForKill(endingWith(targets.kubectl, stop.signal), settings.cluster),
          chat: settings.chat,
          celery: settings.celery,
          env: process.env,
          elapsed,
          onFound: (finding) => console.log(afterLine(finding)),
          onProgress: (way, sentence) => console.log(progressLine({ afterMs: elapsed(), way, sentence })),
          signal: stop.signal,
        });
    if (looks && stop.signal.aborted) {
      console.log('Interrupted: the kill stands as said above; the look after it did not end.');
    }
    // Loaded now: what evidence needs must not delay the kill.
    const { record } = await import('./record');
    await record(action(outcome, look), targets);
    return killExitCode(outcome, look);
  } finally {
    lookout.stop();
  }
}

/** Who is not pinned is asked for his name, shortly. */
async function uidOf({ kubectl, cluster }: KillTargets): Promise<string> {
  if (cluster.clusterUid !== '') return cluster.clusterUid;
  const args = ['get', 'namespace/kube-system', '-o', 'jsonpath={.metadata.uid}'];
  const asked = await kubectl(args, { signal: AbortSignal.timeout(UID_MS) }).catch(() => undefined);
  return asked?.code === 0 ? asked.stdout : 'of unknown UID';
}

/** What is done by the time of the first confirmation, the latch included; the rest is left. */
async function firstOf(running: RunningKill, stop: AbortController): Promise<KillOutcome> {
  await Promise.all([running.confirmed, running.latched]);
  stop.abort();
  const { ways, ...latch } = await running.ended;
  return { ways: ways.filter(({ state }) => state === 'confirmed'), ...latch };
}
