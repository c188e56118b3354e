import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { reasonOf, UserError } from '../phases/userError';
import type { Entry } from '../rollout/report/entry';
import { readEntry } from '../rollout/report/readEntry';
import type { Source } from '../rollout/report/report';

/** The journal's own file, and what a rotation makes of it. */
const FILE = /^evidence[\w.-]*\.jsonl(?:[.-][\w-]+)*$/;
const PACKED = /\.(?:gz|xz|zst|bz2)$/;
/** Named one by one; the others are only counted. */
const MOST_NAMED = 20;
/** A record has some tens of thousands. */
const MOST_LINE = 16 * 1024 * 1024;

export interface Journals {
  /** In the order of time. */
  readonly entries: readonly Entry[];
  readonly sources: readonly Source[];
}

/**
 * Reads several journals as one: a record that is in two of them, such as of a copy, counts once. A line that is no record is counted
 * and named, and ends nothing.
 * @param places folders of journals, or single files
 * @throws UserError `usage` for a place that is not there, has no evidence, or has it packed
 */
export async function readJournals(places: readonly string[]): Promise<Journals> {
  const seen = new Set<string>();
  const entries: Entry[] = [];
  const sources: Source[] = [];
  const files = new Map(places.flatMap(filesIn).map((file) => [path.resolve(file), file]));
  for (const file of files.values()) sources.push(await readFile(file, seen, entries));
  // Stable: what has the same time stays in the order of its file.
  return { entries: entries.sort((a, b) => a.at - b.at), sources };
}

function filesIn(place: string): string[] {
  try {
    if (!statSync(place).isDirectory()) return [place];
    const names = readdirSync(place).filter((name) => FILE.test(name));
    const packed = names.filter((name) => PACKED.test(name));
    if (packed.length > 0) {
      throw new UserError(
        'usage',
        `${path.join(place, packed[0]!)} is packed; unpack it beside the others, then run this again`,
      );
    }
    if (names.length === 0)
      throw new UserError('usage', `${place} has no evidence.jsonl: nothing was written down there yet`);
    return names.sort().map((name) => path.join(place, name));
  } catch (thrown) {
    if (thrown instanceof UserError) throw thrown;
    throw new UserError('usage', `${place} cannot be read: ${reasonOf(thrown)}`);
  }
}

async function readFile(file: string, seen: Set<string>, entries: Entry[]): Promise<Source> {
  const broken: string[] = [];
  let [records, duplicates, brokenLines, number] = [0, 0, 0, 0];
  try {
    for await (const line of createInterface({
      input: createReadStream(file, 'utf8'),
      crlfDelay: Number.POSITIVE_INFINITY,
    })) {
      number++;
      const text = line.trim();
      if (text === '') continue;
      const hash = createHash('sha256').update(text).digest('base64');
      if (seen.has(hash)) {
        duplicates++;
        continue;
      }
      const entry = text.length > MOST_LINE ? { kind: 'unreadable' as const, reason: 'is endless' } : readEntry(text);
      if (entry.kind === 'read') {
        seen.add(hash);
        records++;
        entries.push(entry.value);
      } else {
        brokenLines++;
        if (broken.length < MOST_NAMED) broken.push(`${number}: ${entry.reason}`);
      }
    }
  } catch (thrown) {
    throw new UserError('usage', `${file} cannot be read: ${reasonOf(thrown)}`);
  }
  return { file, records, duplicates, broken, brokenLines };
}
