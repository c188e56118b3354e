import { Command } from 'commander';
import { authorAt } from '../act/author';
import { planResume, resume } from '../act/resume';
import { kubectlFor } from '../observe/kubectl';
import { podAccessFor } from '../observe/podAccess';
import { parseClusterSettings, parseSettings } from '../phases/settings';
import { unixSeconds } from '../phases/units';
import { reasonOf, UserError } from '../phases/userError';
import { agreed } from './agreed';
import { runCommand } from './command';
import { record } from './record';
import { readStackSettings } from './stackSettings';

interface Options {
  readonly stack: string;
  readonly reason: string;
  readonly yes?: true;
}

const command = new Command('resume')
  .description(
    'Ends a rollout that was killed: clears latch, flag, variables set by hand and the stop of the workers, and leaves the feature off at 0 %. Exit code: 0 done, 1 nothing is off or a step failed, 2 usage.',
  )
  .requiredOption('--reason <text>', 'why the feature may begin again')
  .option('--stack <name>', 'whose settings to use', 'canary-1')
  .option('--yes', 'do not ask');

void runCommand(command, async () => {
  const options = command.opts<Options>();
  const reason = options.reason.trim();
  if (reason === '') throw new UserError('usage', '--reason is empty: say why the feature may begin again');
  const raw = readStackSettings(options.stack, process.env, { secrets: true });
  const cluster = parseClusterSettings(raw);
  const { redis } = parseSettings(raw);
  const context = {
    kubectl: kubectlFor(cluster, process.env),
    cluster,
    access: podAccessFor(cluster, process.env),
    redis,
    author: authorAt(unixSeconds(Date.now() / 1000)),
  };
  const found = await planResume(context);
  if (found.kind === 'refused') throw new UserError('resume', found.reason);
  const where = `Deployment ${cluster.deployment} in namespace ${cluster.namespace} of context ${cluster.context}`;
  const shown = [
    `${where} is off:`,
    ...found.off.map((sentence) => `  ${sentence}`),
    'Resume clears this, restarts the pods at 0 % and leaves the feature off. It ends the rollout: only canary-1 is next.',
  ];
  if (!(await agreed(shown.join('\n'), 'Resume?', options))) return 1;
  const cleared: string[] = [];
  const onStep = (sentence: string): void => {
    cleared.push(sentence);
    console.log(`  ${sentence}`);
  };
  const { by, at } = context.author;
  const done = { kind: 'resume', at, by, stack: options.stack, reason } as const;
  await resume({ ...context, onStep }, found).catch(async (thrown: unknown) => {
    const [failed = ''] = reasonOf(thrown).split('\n');
    await record({ ...done, outcome: { cleared, failed } }, context);
    throw thrown;
  });
  await record({ ...done, outcome: { cleared } }, context);
  console.log(`Resumed by ${context.author.by} at ${context.author.at}: ${reason}. The feature is off at 0 %.`);
  return 0;
});
