import { Command, Option } from 'commander';
import { readGraphIntegrity } from '../observe/graphIntegrity';
import { PHASE_NAMES, type PhaseName } from '../phases/phase';
import { parseSettings } from '../phases/settings';
import { formatDuration, unixSeconds } from '../phases/units';
import type { GraphIntegrity } from '../rollout/graphIntegrity';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';

interface Options {
  readonly stack: PhaseName;
  readonly json?: true;
}

/** `unreadable`: no graph was read at all. */
const EXIT_CODES = { pass: 0, fail: 1, unreadable: 3, unknown: 10 } as const;

const command = new Command('graph')
  .description(
    'Compares the Materializer nodes of the last hour with the jobs that succeeded. Changes nothing. Exit code: 0 consistent, 1 not, 10 nothing to compare with, 3 Neo4j cannot be read, 2 usage, or canary:graph is off.',
  )
  .addOption(new Option('--stack <name>', 'whose settings to use').choices(PHASE_NAMES).makeOptionMandatory())
  .option('--json', 'one JSON object');

void runCommand(command, async () => {
  const { stack, json } = command.opts<Options>();
  const settings = parseSettings(readStackSettings(stack, process.env, { secrets: true }));
  const now = unixSeconds(Date.now() / 1000);
  const found = await readGraphIntegrity(settings, stack, process.env, { now });
  if (found === undefined) {
    console.error('canary:graph is off: not configured; docs/settings.md says how');
    return 2;
  }
  console.log(json ? JSON.stringify(found, undefined, 2) : shown(found));
  return EXIT_CODES[found.counts === undefined ? 'unreadable' : found.status];
});

function shown({ status, sentence, counts }: GraphIntegrity): string {
  const lines = [`graph   ${status}   ${sentence}`];
  if (counts !== undefined) {
    const { total, averageAge } = counts;
    const age = averageAge === undefined ? '' : `, ${formatDuration(averageAge)} old on average`;
    lines.push(`  in all: ${total} Materializer nodes${age}`);
  }
  return lines.join('\n');
}
