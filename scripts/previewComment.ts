import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { previewStack } from '../observe/preview';
import { STACK_NAMES, type StackName } from '../rollout/changedStacks';
import { previewComment, type StackPreview } from '../rollout/previewComment';
import { isFault, type Outcome, outcomeOf } from '../rollout/previewOutcome';
import { checkSettings } from '../rollout/settingsCheck';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';

interface Options {
  readonly stacks: readonly StackName[];
  readonly revision: string;
  readonly cluster: boolean;
  readonly out?: string;
}

const ROOT = path.resolve(__dirname, '..', '..');

const command = new Command('preview-comment')
  .description('Previews stacks and prints what each would do as the Markdown of one comment.')
  .requiredOption('--stacks <names>', 'which stacks, with commas; may be empty', stacksIn)
  .requiredOption('--revision <commit>', 'which commit is checked out, in hexadecimal')
  .option('--no-cluster', 'look at the settings alone: for runs without secrets')
  .option('--out <file>', 'write the Markdown there instead of standard output')
  .addHelpText(
    'after',
    '\nExit code 0: every stack was previewed, allowed or held. 1: one could not be. 2: wrong usage.',
  );

void runCommand(command, async () => {
  const { stacks, revision, cluster, out } = command.opts<Options>();
  const previews: StackPreview[] = [];
  for (const stack of stacks) {
    const preview = await previewOf(stack, cluster);
    previews.push(preview);
    report(preview);
  }
  const secrets = secretsIn(process.env);
  const markdown = previewComment({ revision, withCluster: cluster, previews, secrets });
  if (out === undefined) process.stdout.write(markdown);
  else writeFileSync(out, markdown);
  return previews.some(({ outcome }) => isFault(outcome)) ? 1 : 0;
});

/** Wrong settings are told without the engine, which would need a cluster first. */
async function previewOf(stack: StackName, cluster: boolean): Promise<StackPreview> {
  const settings = checkSettings(stack, () => readStackSettings(stack, process.env));
  if (settings.kind === 'invalid')
    return { stack, outcome: { kind: 'invalid', text: settings.reason }, grafana: undefined };
  const outcome: Outcome = cluster
    ? outcomeOf(await previewStack(stack, { cwd: ROOT, env: process.env }))
    : { kind: 'valid' };
  return { stack, outcome, grafana: settings.grafana };
}

/** The whole text goes to the log of the run, where the comment had to be short. */
function report({ stack, outcome }: StackPreview): void {
  const text = 'text' in outcome ? `\n${outcome.text}` : '';
  console.error(`${stack}: ${outcome.kind}${text.replaceAll('\n', `\n${stack} | `)}`);
}

function stacksIn(text: string): readonly StackName[] {
  const names = text.split(',').filter((name) => name !== '');
  const unknown = names.filter((name) => !STACK_NAMES.some((known) => known === name));
  if (unknown.length > 0)
    throw new InvalidArgumentError(`${unknown.join(', ')}: expected some of ${STACK_NAMES.join(',')}`);
  return STACK_NAMES.filter((name) => names.includes(name));
}

/** What may not be shown though a program prints it: the values of variables that are named like secrets. */
function secretsIn(env: NodeJS.ProcessEnv): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && /TOKEN|SECRET|PASS|CREDENTIAL|(?:^|_)KEY/i.test(name) ? [value] : [],
  );
}
