import { createInterface } from 'node:readline/promises';
import { UserError } from '../phases/userError';

/**
 * Shows what is about to be done and asks.
 * @param options.yes agrees in advance; without a terminal nothing else does
 * @throws UserError `usage` when nobody is there to ask
 */
export async function agreed(shown: string, question: string, { yes }: { readonly yes?: true }): Promise<boolean> {
  console.log(shown);
  if (yes) return true;
  if (!process.stdin.isTTY)
    throw new UserError('usage', 'nobody is there to agree: run this in a terminal, or add --yes');
  const dialogue = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await dialogue.question(`${question} [y/N] `);
  dialogue.close();
  return /^y(es)?$/i.test(answer.trim());
}
