import { type Command, CommanderError } from 'commander';
import { UserError } from '../phases/userError';

/** Exit code of wrong usage or wrong settings. */
export const USAGE = 2;

const USAGE_CODES = ['settings', 'stack', 'usage', 'wrong-cluster'];

/** Whether an error says that the command or the settings are wrong, not the world. */
export const isUsage = (thrown: unknown): boolean => thrown instanceof UserError && USAGE_CODES.includes(thrown.code);

/**
 * Runs one command: what a person can mend is printed bare, a bug keeps its stack.
 * @param action returns the exit code
 */
export async function runCommand(command: Command, action: (command: Command) => Promise<number>): Promise<void> {
  command.exitOverride();
  try {
    command.parse();
    process.exitCode = await action(command);
  } catch (thrown) {
    if (thrown instanceof CommanderError) process.exitCode = thrown.exitCode === 0 ? 0 : USAGE;
    else {
      process.exitCode = thrown instanceof UserError && !isUsage(thrown) ? 1 : USAGE;
      console.error(thrown instanceof UserError ? thrown.message : thrown);
    }
  }
}
