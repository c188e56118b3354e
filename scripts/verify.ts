import { Command, Option } from 'commander';
import { recordEvidence } from '../act/evidence';
import { judgeStack } from '../observe/gate';
import type { RawSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { EXIT_CODES, verificationOf } from '../rollout/verification';
import { isUsage, runCommand } from './command';
import { readStackSettings } from './stackSettings';
import { type Form, shown, type Verified } from './verifyReport';
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
  const raw = readStackSettings(options.stack, process.env);
  const verify = (): Promise<Verified | UserError> => verified(options.stack, raw);
  const show = (found: Verified | UserError): Promise<number> => showAndRecord(found, options);
  return options.watch ? watch(options, verify, show) : show(await verify());
});

/** A cluster that cannot be read is a source that is unreachable; wrong usage stays wrong usage. */
async function verified(stack: string, raw: RawSettings): Promise<Verified | UserError> {
  try {
    const gate = await judgeStack(stack, raw, process.env, { always: true });
    return { gate, verification: verificationOf(gate.judgement) };
  } catch (thrown) {
    if (thrown instanceof UserError && !isUsage(thrown)) return thrown;
    throw thrown;
  }
}

async function showAndRecord(found: Verified | UserError, form: Form): Promise<number> {
  if (found instanceof UserError) {
    console.error(found.message);
    return EXIT_CODES.unreachable;
  }
  console.log(shown(found, form));
  for (const failed of await recordEvidence(found.gate, { by: 'verify', mode: 'report' }, process.env)) {
    console.error(failed);
  }
  return found.verification.exitCode;
}
