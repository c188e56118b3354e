import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { changedStacks } from '../rollout/changedStacks';
import { runCommand } from './command';

const command = new Command('changed-stacks').description(
  'Reads names of changed files from standard input, as `git diff --name-only --no-renames -z` prints them, and prints the stacks they concern, with commas.',
);

void runCommand(command, async () => {
  const files = (await text(process.stdin)).split('\0').filter((file) => file !== '');
  console.log(changedStacks(files).join(','));
  return 0;
});
