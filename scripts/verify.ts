import { Command, Option } from 'commander';
import { recordEvidence } from '../act/evidence';
import { phaseOf } from '../observe/gate';
import { UserError } from '../phases/userError';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';
import { verified } from './verified';
import { exitCodeOf, type Form, type Found, shown } from './verifyReport';
import { watch } from './verifyWatch';

type Options = Form & { readonly stack: string; readonly watch?: true };

const command = new Command('verify')
  .description(
    'Verifies one phase: exposure of every pod, all checks, all rollback rules. Exit code: 0 promote or complete, 10 hold or monitor, 20 rollback, 21 emergency, 3 a source is unreachable, 2 usage.',
  )
  .requiredOption('--stack <name>', 'phase to verify')
  .addOption(new Option('--json', 'one JSON object').conflicts('markdown'))
  .option('--markdown', 'for comments and tickets')
  .option('--watch', 'again every 10 s, until interrupted');

void runCommand(command, async () => {
  const options = command.opts<Options>();
  phaseOf(options.stack);
  const raw = readStackSettings(options.stack, process.env, { secrets: true });
  if (options.watch) return watch(options, (signal) => verified(options.stack, raw, signal), record);
  const found = await verified(options.stack, raw);
  // A program reads one stream: what is unreachable is said there too.
  if (found instanceof UserError && !options.json) console.error(shown(found, options));
  else console.log(shown(found, options));
  await record(found);
  return exitCodeOf(found);
});

async function record(found: Found): Promise<void> {
  if (found instanceof UserError) return;
  for (const failed of await recordEvidence(found.gate, { by: 'verify', mode: 'report' }, process.env)) {
    console.error(failed);
  }
}
