import { Command, InvalidArgumentError, Option } from 'commander';
import { authorAt } from '../act/author';
import type { DrillContext } from '../act/drill/context';
import { drillInSandbox } from '../act/drill/inSandbox';
import { drillOnCluster, refuseUnlessFirstPhase } from '../act/drill/onCluster';
import { standingNow } from '../act/drill/standing';
import { knownLedger, updateLedger } from '../act/ledger';
import { kubectlFor } from '../observe/kubectl';
import { podAccessFor } from '../observe/podAccess';
import { parseSettings } from '../phases/settings';
import { unixSeconds } from '../phases/units';
import { UserError } from '../phases/userError';
import {
  DRILL_METHODS,
  type DrillMethod,
  type DrillRun,
  drillExitCode,
  drillOutcome,
  isFullDrill,
} from '../rollout/drill';
import { drillTable } from '../rollout/drillTable';
import { WAYS } from '../rollout/kill';
import { EMPTY_LEDGER } from '../rollout/ledger';
import type { Standing } from '../rollout/move';
import { agreed } from './agreed';
import { runCommand } from './command';
import { CHECKOUT, record } from './record';
import { readStackSettings } from './stackSettings';
import { stopOnSignals } from './stopOnSignals';

interface Options {
  readonly stack: string;
  readonly runs?: number;
  readonly method?: readonly DrillMethod[];
  readonly yes?: true;
  readonly json?: true;
}

const RUNS = 20;

const command = new Command('drill')
  .description(
    'Times every way to off, from the start of `npm run kill` to the last new job: in a sandbox many times over, on a real cluster once, at canary-1, which it ends. Exit code: 0 every run in the budget of 10 s, 4 one above it, 1 one unconfirmed, 2 usage.',
  )
  .option('--stack <name>', 'whose settings to use', 'canary-1')
  .option('--runs <n>', `runs of each method, in a sandbox (default: ${RUNS})`, countIn)
  .option(
    '--method <methods>',
    `some of ${DRILL_METHODS.join(',')} (default: ${WAYS.join(',')}; on a real cluster default)`,
    methodsIn,
  )
  .option('--yes', 'do not ask')
  .addOption(new Option('--json', 'one JSON object; progress goes to standard error'));

void runCommand(command, async () => {
  const { stack, runs, method, yes, json } = command.opts<Options>();
  const settings = parseSettings(readStackSettings(stack, process.env, { secrets: true }));
  const say = json ? console.error : console.log;
  const context: DrillContext = {
    kubectl: kubectlFor(settings, process.env),
    cluster: settings,
    access: podAccessFor(settings, process.env),
    settings,
    stack,
    checkout: CHECKOUT,
    env: process.env,
    clock: () => Date.now(),
    signal: stopOnSignals().signal,
    say,
  };
  const { by, at } = authorAt(unixSeconds(Date.now() / 1000));
  const standing = await standingNow(context);
  let done: readonly DrillRun[];
  if (standing.cluster.sandbox) {
    done = await drillInSandbox(context, standing, { methods: method ?? WAYS, runs: runs ?? RUNS });
  } else {
    const only = methodForCluster(method, runs);
    refuseUnlessFirstPhase(standing);
    if (!yes && !(await agreed(whatWillHappen(standing, only), 'Kill it for the drill?', {}))) return 1;
    done = await drillOnCluster(context, standing, only);
  }

  const outcome = drillOutcome(done);
  if (isFullDrill(outcome)) {
    await updateLedger(context.kubectl, (before) => ({
      ...(knownLedger(before) ?? EMPTY_LEDGER),
      drill: { at, by },
    }));
  }
  const exitCode = drillExitCode(outcome);
  console.log(json ? JSON.stringify({ at, by, stack, exitCode, ...outcome }, null, 2) : drillTable(outcome));
  await record({ kind: 'drill', at, by, stack, reason: 'drill', outcome }, context);
  if (!standing.cluster.sandbox) say(HOW_TO_GO_ON);
  return exitCode;
});

const HOW_TO_GO_ON =
  'The latch ended the rollout. To begin again: npm run resume -- --reason "the drill is over", then pulumi up --stack canary-1, which measures a new baseline.';

const whatWillHappen = ({ cluster }: Standing, method: DrillMethod): string =>
  `canary-1 is live on context ${cluster.context}. The drill kills it (${method}) and times that. It ends the rollout: afterwards the feature is off and latched.`;

/** The workers do everything asynchronous: stopping them is no exercise where somebody waits for it. */
function methodForCluster(methods: readonly DrillMethod[] = ['default'], runs = 1): DrillMethod {
  const [method, ...others] = methods;
  const refuse = (why: string): never => {
    throw new UserError('usage', `this is a real cluster: ${why}`);
  };
  if (method === undefined || others.length > 0) return refuse('one --method at a time, for each ends the rollout');
  if (runs > 1) return refuse('one run at a time, for each ends the rollout');
  return method === 'workers'
    ? refuse('the workers are not drilled, they do all that is asynchronous in Denis')
    : method;
}

function countIn(text: string): number {
  const count = Number(text);
  if (/^\d{1,3}$/.test(text) && count > 0) return count;
  throw new InvalidArgumentError('expected a whole number from 1 to 999');
}

function methodsIn(text: string): readonly DrillMethod[] {
  const named = text.split(',').map((method) => method.trim());
  const unknown = named.filter((method) => !(DRILL_METHODS as readonly string[]).includes(method));
  if (unknown.length === 0) return [...new Set(named as DrillMethod[])];
  throw new InvalidArgumentError(`expected some of ${DRILL_METHODS.join(',')}; found ${unknown.join(', ')}`);
}
