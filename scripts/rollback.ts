import { Command } from 'commander';
import { authorAt } from '../act/author';
import type { KillOptions } from '../act/killSwitch/index';
import { killTargets } from '../act/killSwitch/targets';
import { rollback } from '../act/rollback';
import { phaseOf } from '../observe/gate';
import { UserError } from '../phases/userError';
import type { Action } from '../rollout/action';
import type { AfterKill, KillOutcome } from '../rollout/kill';
import { rollbackOrder } from '../rollout/rollbackOrder';
import { EXIT_CODES } from '../rollout/verification';
import { agreed } from './agreed';
import { runCommand } from './command';
import { readKillSettings } from './killSettings';
import { runKill } from './runKill';
import { readStackSettings } from './stackSettings';
import { verified } from './verified';
import { shown } from './verifyReport';

interface Options {
  readonly stack: string;
  readonly yes?: true;
}

const command = new Command('rollback')
  .description(
    'Judges the live phase, and kills it where the verdict is ROLLBACK or EMERGENCY. Exit code: 10 nothing calls for it, 3 a source is unreachable; of the kill: 0 off in its budgets and latched, 1 not confirmed, not latched, or not agreed to, 4 off but over a budget; 2 usage.',
  )
  .requiredOption('--stack <name>', 'the live phase')
  .option('--yes', 'do not ask');

void runCommand(command, async () => {
  const options = command.opts<Options>();
  phaseOf(options.stack);
  const found = await verified(options.stack, readStackSettings(options.stack, process.env, { secrets: true }));
  if (found instanceof UserError) {
    console.error(shown(found, {}));
    return EXIT_CODES.unreachable;
  }
  const { at, decision } = found.gate.judgement;
  const author = authorAt(at);
  const order = decision && rollbackOrder(decision, author);
  if (decision === undefined || order === undefined) {
    console.log(shown(found, {}));
    console.log('Nothing calls for a rollback. To turn the feature off all the same: npm run kill -- --reason "…"');
    return found.verification.exitCode === EXIT_CODES.unreachable ? EXIT_CODES.unreachable : EXIT_CODES.wait;
  }
  if (!(await agreed(shown(found, {}), `Roll back by ${order.ways.join(', ')}?`, options))) return 1;
  const settings = readKillSettings(options.stack, process.env);
  const targets = killTargets(settings, process.env);
  const begin = (own: KillOptions) => rollback(decision, author, targets, own)!;
  const { by, at: ordered, reason } = order.latch;
  const done = { at: ordered, by, reason, stack: options.stack, rule: decision.rule };
  const verdict = decision.verdict === 'EMERGENCY' ? 'EMERGENCY' : 'ROLLBACK';
  const action = (outcome: KillOutcome, look: readonly AfterKill[]): Action => {
    return { kind: 'rollback', ...done, verdict, outcome, look };
  };
  return runKill({ order, settings, targets, wait: true, begin, action });
});
