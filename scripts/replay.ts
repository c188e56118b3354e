import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { reasonOf, UserError } from '../phases/userError';
import { type EvidenceRecord, replay } from '../rollout/evidence';
import { runCommand } from './command';

const command = new Command('replay')
  .description('Judges every record of an evidence file again, from what it was made of. Exit code 1 when any differs.')
  .argument('<file>', 'evidence.jsonl');

void runCommand(command, async () => {
  const [file] = command.args as [string];
  let failed = 0;
  let judged = 0;
  for (const { number, text } of linesOf(file)) {
    const differences = differencesOf(text);
    judged++;
    if (differences.length === 0) continue;
    failed++;
    console.log([`${file}:${number}`, ...differences.map((difference) => `  ${difference}`)].join('\n'));
  }
  if (judged === 0) throw new UserError('usage', `${file} holds no record`);
  console.log(`${judged} records, ${failed} differ`);
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

/** A line that is no record counts as a difference: evidence is never passed over. */
function differencesOf(text: string): string[] {
  let record: EvidenceRecord;
  try {
    record = JSON.parse(text) as EvidenceRecord;
  } catch {
    return ['is no JSON: the line was cut off or changed'];
  }
  if (record?.version !== 1) return [`is of version ${JSON.stringify(record?.version)}, this program reads version 1`];
  try {
    return replay(record);
  } catch (thrown) {
    return [`is not complete: ${reasonOf(thrown)}`];
  }
}
