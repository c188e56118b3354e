import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { reasonOf, UserError } from '../phases/userError';
import { type ActionRecord, isActionKind, missingIn } from '../rollout/action';
import { type EvidenceRecord, replay } from '../rollout/evidence';
import { runCommand } from './command';

const command = new Command('replay')
  .description(
    'Judges every record of an evidence file again, from what it was made of; actions are counted. Exit code 1 when any differs.',
  )
  .argument('<file>', 'evidence.jsonl');

void runCommand(command, async () => {
  const [file] = command.args as [string];
  let failed = 0;
  let judged = 0;
  let actions = 0;
  for (const { number, text } of linesOf(file)) {
    const differences = differencesOf(text);
    if (differences === 'action') {
      actions++;
      continue;
    }
    judged++;
    if (differences.length === 0) continue;
    failed++;
    console.log([`${file}:${number}`, ...differences.map((difference) => `  ${difference}`)].join('\n'));
  }
  if (judged + actions === 0) throw new UserError('usage', `${file} holds no record`);
  console.log(`${judged} records, ${failed} differ${actions === 0 ? '' : `; ${actions} actions`}`);
  return failed === 0 ? 0 : 1;
});

function linesOf(file: string): { readonly number: number; readonly text: string }[] {
  let content: string;
  try {
    content = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new UserError('usage', `${file} cannot be read: ${reasonOf(thrown)}`);
  }
  return content.split('\n').flatMap((text, index) => (text.trim() === '' ? [] : [{ number: index + 1, text }]));
}

/**
 * A line that is no record counts as a difference: evidence is never passed over.
 * @returns `action` for a record of what was done, of which nothing was judged
 */
function differencesOf(text: string): string[] | 'action' {
  let record: EvidenceRecord | ActionRecord;
  try {
    record = JSON.parse(text) as EvidenceRecord | ActionRecord;
  } catch {
    return ['is no JSON: the line was cut off or changed'];
  }
  if (record?.version !== 1) return [`is of version ${JSON.stringify(record?.version)}, this program reads version 1`];
  if (isActionKind(record.kind)) {
    const missing = missingIn(record as ActionRecord);
    return missing.length === 0 ? 'action' : [`is not complete: it has no ${missing.join(', ')}`];
  }
  try {
    return replay(record as EvidenceRecord);
  } catch (thrown) {
    return [`is not complete: ${reasonOf(thrown)}`];
  }
}
