import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { adopt, planAdoption, planUndo } from '../act/adopt';
import { patchDenis } from '../act/wiring';
import { kubectlFor } from '../observe/kubectl';
import { parseClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';

interface Options {
  readonly stack: string;
  readonly yes?: true;
  readonly undo?: true;
}

const command = new Command('adopt')
  .description(
    'Wires an existing Deployment to the rollout, once: its two variables read annotations that begin at 0 and off.',
  )
  .option('--stack <name>', 'whose cluster settings to use', 'canary-1')
  .option('--yes', 'do not ask')
  .option('--undo', 'take the wiring back; only at exposure 0 and without a latch');

void runCommand(command, async () => {
  const options = command.opts<Options>();
  const cluster = parseClusterSettings(readStackSettings(options.stack, process.env));
  const kubectl = kubectlFor(cluster, process.env);
  const where = `Deployment ${cluster.deployment} in namespace ${cluster.namespace} of context ${cluster.context}`;

  if (options.undo) {
    const patch = await planUndo(kubectl, cluster);
    if (patch === undefined) return say(`${where} is not adopted; nothing to undo.`);
    if (!(await agreed(`The patch to ${where}:`, patch, options))) return 1;
    await patchDenis(kubectl, cluster, patch);
    return say('Undone: PCT=0, ENABLED=false, explicit. The ledger (ConfigMap denis-canary) stays as the record.');
  }

  const adoption = await planAdoption(kubectl, cluster);
  for (const advice of adoption.advice) console.log(`note: ${advice}`);
  if (adoption.patch !== undefined && !(await agreed(`The patch to ${where}:`, adoption.patch, options))) return 1;
  await adopt(kubectl, cluster, adoption);
  return say(
    adoption.patch === undefined && !adoption.ledger ? `${where} is adopted already.` : `Adopted ${where}: 0 %, off.`,
  );
});

function say(sentence: string): number {
  console.log(sentence);
  return 0;
}

/** Shows the patch and asks; without a terminal only --yes agrees. */
async function agreed(heading: string, patch: object, { yes }: Options): Promise<boolean> {
  console.log(`${heading}\n${JSON.stringify(patch, null, 2)}`);
  if (yes) return true;
  if (!process.stdin.isTTY)
    throw new UserError('usage', 'nobody is there to agree: run this in a terminal, or add --yes');
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await dialogue.question('Write it? [y/N] ');
  dialogue.close();
  return /^y(es)?$/i.test(answer.trim());
}
