import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { readJournals } from '../observe/evidenceFiles';
import { journalFolder } from '../observe/journalFolder';
import { PHASE_NAMES, type PhaseName } from '../phases/phase';
import { parseClusterSettings } from '../phases/settings';
import { reasonOf, UserError } from '../phases/userError';
import { nameOf, type Report, reportOf } from '../rollout/report/report';
import { reportHtml } from '../rollout/report/reportHtml';
import { reportMarkdown } from '../rollout/report/reportMarkdown';
import { type Rollout, rolloutsIn } from '../rollout/report/rollouts';
import { REPORT_STYLE } from '../rollout/report/style';
import { runCommand } from './command';
import { readStackSettings } from './stackSettings';

interface Options {
  readonly stack: PhaseName;
  readonly journal?: readonly string[];
  readonly out?: string;
  readonly format: keyof typeof FORMS;
  readonly rollout?: string;
  readonly all?: true;
}

const STYLE_HASH = createHash('sha256').update(REPORT_STYLE.markup).digest('base64');
const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;

const FORMS = {
  html: (report: Report): string => reportHtml(report, { policy: POLICY }),
  md: reportMarkdown,
};

const command = new Command('report')
  .description(
    'Writes the whole rollout as one file, from the evidence: exposure, checks, decisions, kills, drills, overrides. Exit code: 0 written, 1 could not be written, 2 usage.',
  )
  .addOption(
    new Option('--stack <name>', 'whose journal on this machine, without --journal')
      .choices(PHASE_NAMES)
      .default('canary-100'),
  )
  .option('--journal <folder...>', 'folders or files of evidence, of several machines; they become one')
  .option('--out <file>', 'where to; - is standard output')
  .addOption(
    new Option('--format <form>', 'a page, or Markdown for a post-mortem').choices(Object.keys(FORMS)).default('html'),
  )
  .addOption(new Option('--rollout <id>', 'another rollout than the newest, by the begin of its id').conflicts('all'))
  .option('--all', 'everything that the journals hold');

void runCommand(command, async () => {
  const { stack, journal, out, format, rollout, all } = command.opts<Options>();
  const { entries, sources } = await readJournals(journal ?? [folderOf(stack)]);
  const broken = sources.reduce((sum, { brokenLines }) => sum + brokenLines, 0);
  const rollouts = rolloutsIn(entries);
  if (rollouts.length === 0) {
    throw new UserError(
      'usage',
      `the journals hold no record${broken === 0 ? '' : `, and ${broken} lines that are none`}`,
    );
  }
  const chosen = all ? { startedAt: entries[0]!.at, entries } : choose(rollouts, rollout);
  const report = reportOf(chosen, { sources, others: all ? [] : rollouts });
  const text = FORMS[format](report);
  if (out === '-') {
    process.stdout.write(text);
    return 0;
  }
  const file = path.resolve(out ?? `${fileName(chosen)}.${format}`);
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch (thrown) {
    console.error(`${file} cannot be written: ${reasonOf(thrown)}`);
    return 1;
  }
  console.log(`${report.status.word}: ${report.title}, ${chosen.entries.length} records`);
  if (broken > 0) console.error(`${broken} lines of the journals are no records; the report names them`);
  console.log(file);
  return 0;
});

/** No more of the settings is needed than these: a report is written also where others are wrong. */
function folderOf(stack: PhaseName): string {
  const { context, clusterUid, journal } = readStackSettings(stack, process.env);
  const settings = parseClusterSettings({ context, clusterUid, ...(journal === undefined ? {} : { journal }) });
  return journalFolder(settings, process.env);
}

function choose(rollouts: readonly Rollout[], id: string | undefined): Rollout {
  if (id === undefined) return rollouts.at(-1)!;
  const found = rollouts.filter((one) => one.id?.startsWith(id));
  if (found.length === 1) return found[0]!;
  const known = rollouts.map(nameOf).join('; ');
  throw new UserError(
    'usage',
    `${found.length === 0 ? 'no rollout has' : 'several rollouts have'} an id that begins with ${id}; there are: ${known}`,
  );
}

/** `rollout-2026-11-20-0610` */
const fileName = ({ startedAt }: Rollout): string =>
  `rollout-${new Date(startedAt * 1000).toISOString().slice(0, 16).replace(':', '').replace('T', '-')}`;
