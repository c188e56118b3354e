import { Command } from 'commander';
import { adopt, planAdoption, planUndo } from '../act/adopt';
import { patchDenis } from '../act/wiring';
import { kubectlFor } from '../observe/kubectl';
import { parseClusterSettings } from '../phases/settings';
import { agreed } from './agreed';
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

  const mayWrite = (patch: object): Promise<boolean> =>
    agreed(`The patch to ${where}:\n${JSON.stringify(patch, null, 2)}`, 'Write it?', options);

  if (options.undo) {
    const patch = await planUndo(kubectl, cluster);
    if (patch === undefined) return say(`${where} is not adopted; nothing to undo.`);
    if (!(await mayWrite(patch))) return 1;
    await patchDenis(kubectl, cluster, patch);
    return say('Undone: PCT=0, ENABLED=false, explicit. The ledger (ConfigMap denis-canary) stays as the record.');
  }

  const adoption = await planAdoption(kubectl, cluster);
  for (const advice of adoption.advice) console.log(`note: ${advice}`);
  if (adoption.patch !== undefined && !(await mayWrite(adoption.patch))) return 1;
  await adopt(kubectl, cluster, adoption);
  return say(
    adoption.patch === undefined && !adoption.ledger ? `${where} is adopted already.` : `Adopted ${where}: 0 %, off.`,
  );
});

function say(sentence: string): number {
  console.log(sentence);
  return 0;
}
