import { randomBytes } from 'node:crypto';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type Assessed, type LoadEnd, runLoadTest } from '../act/loadTest/index';
import { writeLoadTest } from '../act/loadTest/result';
import { startVegeta } from '../act/loadTest/vegeta';
import { probeChat } from '../observe/chat';
import { type Gate, judgeStack, phaseOf } from '../observe/gate';
import { PHASE_NAMES, type PhaseName } from '../phases/phase';
import { parseSettings } from '../phases/settings';
import { minutes } from '../phases/units';
import { reasonOf, UserError } from '../phases/userError';
import { judgeLoadTest, type LoadPlan, type LoadTestResult, loadTestText } from '../rollout/loadTest';
import { EXIT_CODES } from '../rollout/verification';
import { isUsage, runCommand } from './command';
import { readStackSettings } from './stackSettings';
import { stopOnSignals } from './stopOnSignals';

interface Options {
  readonly stack: PhaseName;
  readonly requests?: number;
  readonly rps?: number;
  readonly duration: number;
  readonly url?: string;
  readonly json?: true;
}

const FAILED = 1;
/** Sockets and cores of one machine end somewhere. */
const MOST_RPS = 1_000;
const MOST_MINUTES = 24 * 60;

const command = new Command('load-test')
  .description(
    "Sends the plan's chat message at a constant rate, each time by another user, and stops at once when a rollback rule fires. Exit code: 0 passed, 1 not, 3 unreachable, 20 or 21 stopped by ROLLBACK or EMERGENCY, 2 usage.",
  )
  .addOption(new Option('--stack <name>', 'the live phase').choices(PHASE_NAMES).default('canary-50'))
  .addOption(
    new Option('--requests <n>', 'in all, spread evenly over the duration').argParser(wholeNumber).conflicts('rps'),
  )
  .option('--rps <n>', 'requests a second, instead of --requests', positive)
  .option('--duration <minutes>', 'how long', positive, 60)
  .option('--url <url>', 'must be canary:chat: nothing else is ever asked')
  .option('--json', 'prints the result as one JSON object; progress goes to standard error');

void runCommand(command, async () => {
  const options = command.opts<Options>();
  const plan = planOf(options);
  const raw = readStackSettings(options.stack, process.env, { secrets: true });
  const { chat: url } = parseSettings(raw);
  if (options.url !== undefined && new URL(url).href !== hrefOf(options.url))
    throw new UserError('usage', `--url is not canary:chat of ${options.stack}; a load test asks no other service`);
  const judge = (signal?: AbortSignal): Promise<Gate> =>
    judgeStack(options.stack, raw, process.env, { always: true, ...(signal && { signal }) });
  const gate = await reached(judge);
  if (gate === undefined) return EXIT_CODES.unreachable;
  const before = assessed(gate);
  if (before.verdict === 'ROLLBACK' || before.verdict === 'EMERGENCY') {
    console.error(`not started: ${before.verdict}: ${before.sentence}`);
    return EXIT_CODES[before.verdict];
  }
  if (gate.judgement.decision === undefined)
    throw new UserError(
      'usage',
      `not started: no phase is live and settled, so no rollback rule would stop it: ${before.sentence}`,
    );
  const probe = await probeChat(url);
  if (probe.kind === 'unreadable') {
    console.error(`not started: /chat: ${probe.reason}`);
    return EXIT_CODES.unreachable;
  }

  const stop = stopOnSignals();
  const at = new Date();
  const run = await runLoadTest(plan, {
    start: (onHit) => startVegeta(plan, { url, run: randomBytes(4).toString('hex'), env: process.env, onHit }),
    assess: async (signal) => assessed(await judge(signal)),
    say: (line) => console.error(line),
    signal: stop.signal,
  });
  const result = resultOf(gate, plan, run, at);
  console.log(options.json ? JSON.stringify(result, undefined, 2) : loadTestText(result));
  try {
    console.error(`kept as ${writeLoadTest(gate.journal, result)}`);
  } catch (thrown) {
    console.error(`the result could not be kept: ${reasonOf(thrown)}`);
    return FAILED;
  }
  return exitCode(run.end, result);
});

function planOf({ requests, rps, duration }: Options): LoadPlan {
  const length = minutes(duration);
  const wanted = requests ?? Math.round((rps ?? 0) * length);
  if (requests === undefined && rps === undefined)
    throw new UserError(
      'usage',
      'expected --requests or --rps: --requests=1000 --duration=60 is what the plan asks for',
    );
  if (duration > MOST_MINUTES) throw new UserError('usage', `--duration is in minutes, ${MOST_MINUTES} at most`);
  if (wanted < 1 || wanted / length > MOST_RPS)
    throw new UserError('usage', `expected 1 request in all at least and ${MOST_RPS} a second at most`);
  return { requests: wanted, length };
}

/** The gate, or undefined once it was said what does not answer. */
async function reached(judge: () => Promise<Gate>): Promise<Gate | undefined> {
  try {
    return await judge();
  } catch (thrown) {
    if (!(thrown instanceof UserError) || isUsage(thrown)) throw thrown;
    console.error(thrown.message);
    return undefined;
  }
}

function assessed({ judgement }: Gate): Assessed {
  const { decision, standing, beside } = judgement;
  const { live } = standing;
  const why = live.kind === 'unknown' ? live.reasons : [`${live.percent} % is live`, ...beside.preflight];
  return { verdict: decision?.verdict, sentence: decision?.sentence ?? why.join('; ') };
}

function resultOf(gate: Gate, plan: LoadPlan, run: Awaited<ReturnType<typeof runLoadTest>>, at: Date): LoadTestResult {
  const { standing } = gate.judgement;
  const ledger = standing.ledger.kind === 'ledger' ? standing.ledger.ledger : undefined;
  const { checks } = phaseOf(standing.target.stack);
  const judged =
    run.end.kind === 'done'
      ? judgeLoadTest(plan, run.figures, { checks, baseline: gate.judgement.baseline })
      : { verdict: 'stopped' as const, sentences: [whyStopped(run.end)] };
  return {
    version: 1,
    rollout: ledger?.rollout?.id,
    move: standing.cluster.denis?.template.move,
    image: standing.cluster.denis?.image,
    stack: standing.target.stack,
    at: at.toISOString(),
    until: new Date().toISOString(),
    requests: plan.requests,
    seconds: plan.length,
    ...run.figures,
    generatorCpu: run.generatorCpu,
    verdict: judged.verdict,
    sentences: [...judged.sentences],
  };
}

function whyStopped(end: Exclude<LoadEnd, { kind: 'done' }>): string {
  switch (end.kind) {
    case 'rule':
      return `stopped by ${end.verdict}: ${end.sentence}`;
    case 'blind':
      return `stopped: ${end.reason}`;
    case 'interrupted':
      return 'stopped by a signal';
  }
}

function exitCode(end: LoadEnd, { verdict }: LoadTestResult): number {
  if (end.kind === 'rule') return EXIT_CODES[end.verdict];
  if (end.kind === 'blind') return EXIT_CODES.unreachable;
  return verdict === 'passed' ? 0 : FAILED;
}

function hrefOf(text: string): string | undefined {
  return URL.canParse(text) ? new URL(text).href : undefined;
}

function positive(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('expected a number above 0');
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d{0,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected a whole number from 1 on');
}
