import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { putComment } from '../act/pullRequestComment';
import { UserError } from '../phases/userError';
import { MARKER } from '../rollout/previewComment';
import { runCommand } from './command';

interface Options {
  readonly file: string;
  readonly repository: string;
  readonly pullRequest: number;
  readonly author: string;
  readonly updateOnly?: true;
}

const command = new Command('post-comment')
  .description(
    'Writes the comment of a preview to its pull request: one comment, updated each time. Token: GITHUB_TOKEN.',
  )
  .requiredOption('--file <file>', 'the Markdown that preview-comment wrote')
  .requiredOption('--repository <owner/name>', 'where the pull request is', repositoryIn)
  .requiredOption('--pull-request <number>', 'its number', numberIn)
  .option('--author <login>', 'whom the token speaks for', 'github-actions[bot]')
  .option('--update-only', 'change the comment that is there; write no new one');

void runCommand(command, async () => {
  const { file, updateOnly = false, ...where } = command.opts<Options>();
  const token = process.env['GITHUB_TOKEN'] ?? '';
  if (token === '') throw new UserError('usage', 'GITHUB_TOKEN is not set');
  const api = process.env['GITHUB_API_URL'] ?? 'https://api.github.com';
  const body = contentOf(file);
  console.log(`comment: ${await putComment({ api, token, marker: MARKER, ...where }, body, { updateOnly })}`);
  return 0;
});

function contentOf(file: string): string {
  let body: string;
  try {
    body = readFileSync(file, 'utf8');
  } catch {
    throw new UserError('usage', `${file} cannot be read`);
  }
  if (!body.startsWith(`${MARKER}\n`)) throw new UserError('usage', `${file} is no comment of preview-comment`);
  return body;
}

function repositoryIn(text: string): string {
  if (/^[\w.-]+\/[\w.-]+$/.test(text)) return text;
  throw new InvalidArgumentError('expected owner/name');
}

function numberIn(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('expected the number of a pull request');
}
