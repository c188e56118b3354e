import { Command, InvalidArgumentError } from 'commander';
import { authorAt } from '../act/author';
import { kill } from '../act/killSwitch/index';
import { killTargets } from '../act/killSwitch/targets';
import { unixSeconds } from '../phases/units';
import { DEFAULT_WAYS, type KillOrder, WAYS, type Way } from '../rollout/kill';
import { runCommand } from './command';
import { readKillSettings } from './killSettings';
import { runKill } from './runKill';

interface Options {
  readonly reason: string;
  readonly stack: string;
  readonly method?: readonly Way[];
  readonly emergency?: true;
  readonly wait: boolean;
}

const LEAST_REASON = 3;

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
  return runKill({
    order,
    settings,
    targets,
    wait,
    begin: (options) => kill(order, targets, options),
    action: (outcome, look) => ({ kind: 'kill', at, by, stack, reason, outcome, look }),
  });
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
