import { Command, InvalidArgumentError } from 'commander';
import { authorAt } from '../act/author';
import { lookAfterKill } from '../act/killSwitch/after';
import { type KillProgress, type KillTargets, kill, type RunningKill } from '../act/killSwitch/index';
import { lookoutOn } from '../act/killSwitch/lookout';
import { killTargets } from '../act/killSwitch/targets';
import { readForKill } from '../observe/killReading';
import { unixSeconds } from '../phases/units';
import {
  confirmedAfter,
  DEFAULT_WAYS,
  type KillOrder,
  type KillOutcome,
  killExitCode,
  WAYS,
  type Way,
} from '../rollout/kill';
import { runCommand } from './command';
import { afterLine, heading, offLine, progressLine, summary } from './killReport';
import { readKillSettings } from './killSettings';

interface Options {
  readonly reason: string;
  readonly stack: string;
  readonly method?: readonly Way[];
  readonly emergency?: true;
  readonly wait: boolean;
}

const LEAST_REASON = 3;
const UID_MS = 1_500;

const command = new Command('kill')
  .description(
    'Turns the feature off now, by several ways at once, and latches it. Exit code: 0 off in its budgets and latched, 1 not confirmed or not latched, 4 off but over a budget, 2 usage.',
  )
  .requiredOption('--reason <text>', 'why; the latch keeps it', reasonIn)
  .option('--stack <name>', 'whose settings to use; broken ones stop nothing', 'canary-1')
  .option('--method <ways>', `some of ${WAYS.join(',')}, or all (default: ${DEFAULT_WAYS.join(',')})`, waysIn)
  .option('--emergency', 'the workers to 0 too: nothing asynchronous runs any more')
  .option('--no-wait', 'return once it is confirmed and latched');

void runCommand(command, async () => {
  const { reason, stack, method = DEFAULT_WAYS, emergency, wait } = command.opts<Options>();
  const settings = readKillSettings(stack, process.env);
  const { by, at } = authorAt(unixSeconds(Date.now() / 1000));
  const ways = WAYS.filter((way) => method.includes(way) || (way === 'workers' && emergency));
  const order: KillOrder = { ways, latch: { by, at, reason } };
  const targets = killTargets(settings, process.env);
  console.log(heading(order, settings, await uidOf(targets)));

  const begun = performance.now();
  const elapsed = (): number => performance.now() - begun;
  const lookout = lookoutOn(targets.access, settings.cluster.namespace, settings.series, elapsed);
  const stop = stopOnSignals();
  try {
    const say = (progress: KillProgress): void => {
      if (!stop.signal.aborted) console.log(progressLine(progress));
    };
    const running = kill(order, targets, { clock: elapsed, signal: stop.signal, lookout, onProgress: say });
    void running.confirmed.then((afterMs) => {
      if (afterMs !== undefined && wait) console.log(offLine(afterMs));
    });
    const outcome = wait ? await running.ended : await firstOf(running, stop);
    console.log(summary(order, outcome));
    if (!wait || confirmedAfter(outcome) === undefined || stop.signal.aborted) return killExitCode(outcome, []);
    console.log('Looking after it:');
    const found = await lookAfterKill({
      access: targets.access,
      lookout,
      read: () => readForKill(targets.kubectl, settings.cluster),
      chat: settings.chat,
      elapsed,
      onFound: (finding) => console.log(afterLine(finding)),
      onProgress: (way, sentence) => console.log(progressLine({ afterMs: elapsed(), way, sentence })),
      signal: stop.signal,
    });
    if (stop.signal.aborted) console.log('Interrupted: the kill stands as said above; the look after it did not end.');
    return killExitCode(outcome, found);
  } finally {
    lookout.stop();
  }
});

function reasonIn(text: string): string {
  const reason = text.replaceAll(/\s+/g, ' ').trim();
  if (reason.length >= LEAST_REASON) return reason;
  throw new InvalidArgumentError(`expected at least ${LEAST_REASON} characters`);
}

function waysIn(text: string): readonly Way[] {
  if (text === 'all') return WAYS;
  const named = text.split(',').map((way) => way.trim());
  const ways = WAYS.filter((way) => named.includes(way));
  const unknown = named.filter((way) => !(WAYS as readonly string[]).includes(way));
  if (unknown.length === 0) return ways;
  throw new InvalidArgumentError(`expected all, or some of ${WAYS.join(',')}; found ${unknown.join(', ')}`);
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

/** Ctrl-C ends the waiting, a second one the process: what is written stays written. */
function stopOnSignals(): AbortController {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(130) : stop.abort()));
  }
  return stop;
}
