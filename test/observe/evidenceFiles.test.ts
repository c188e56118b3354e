import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readJournals } from '../../observe/evidenceFiles';
import { UserError } from '../../phases/userError';

const record = (minute: number, by = 'ana'): string =>
  JSON.stringify({ version: 1, kind: 'note', at: `2026-11-25T12:0${minute}:00Z`, by });
const text = (...lines: string[]): string => lines.map((line) => `${line}\n`).join('');

describe('observe/evidenceFiles', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-canary-journals-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function journal(name: string, files: Readonly<Record<string, string>>): string {
    const place = path.join(folder, name);
    mkdirSync(place);
    for (const [file, content] of Object.entries(files)) writeFileSync(path.join(place, file), content);
    return place;
  }

  it('puts several journals into one, in the order of time, each record once', async () => {
    const watcher = journal('watcher', { 'evidence.jsonl': text(record(3), record(1, 'watcher')) });
    const ana = journal('ana', { 'evidence.jsonl': text(record(2), record(3)), 'samples-2026-11-25.jsonl': '{}\n' });
    const { entries, sources } = await readJournals([watcher, ana, watcher]);
    assert.deepEqual(
      entries.map(({ at, by }) => [new Date(at * 1000).getUTCMinutes(), by]),
      [
        [1, 'watcher'],
        [2, 'ana'],
        [3, 'ana'],
      ],
    );
    assert.deepEqual(
      sources.map(({ records, duplicates, brokenLines }) => [records, duplicates, brokenLines]),
      [
        [2, 0, 0],
        [1, 1, 0],
      ],
    );
  });

  it('reads what a rotation left, and a single file', async () => {
    const place = journal('a', {
      'evidence.jsonl': text(record(2)),
      'evidence.jsonl.1': text(record(1)),
      'evidence-2026-10.jsonl': text(record(0)),
    });
    assert.equal((await readJournals([place])).entries.length, 3);
    assert.equal((await readJournals([path.join(place, 'evidence.jsonl.1')])).entries.length, 1);
  });

  it('counts and names lines that are no records, and goes on', async () => {
    const content = `${record(1)}\r\n\n{"version":1,"kind":"kill","at\nnull\n${record(2)}`;
    const { entries, sources } = await readJournals([journal('a', { 'evidence.jsonl': content })]);
    assert.equal(entries.length, 2);
    const [{ brokenLines, broken }] = sources as [(typeof sources)[number]];
    assert.equal(brokenLines, 2);
    assert.match(broken.join('\n'), /^3: is no JSON.*\n4: is not complete/);
  });

  it('names twenty of them, and counts the others', async () => {
    const content = Array.from({ length: 25 }, (_, index) => `broken ${index}\n`).join('');
    const [source] = (await readJournals([journal('a', { 'evidence.jsonl': content })])).sources;
    assert.deepEqual([source?.brokenLines, source?.broken.length], [25, 20]);
  });

  const refused: readonly [what: string, files: Readonly<Record<string, string>> | undefined, says: RegExp][] = [
    ['a folder that is not there', undefined, /a cannot be read: ENOENT/],
    ['a folder without evidence', { 'samples.jsonl': '' }, /a has no evidence\.jsonl/],
    [
      'what is packed, instead of leaving it out',
      { 'evidence.jsonl': '', 'evidence.jsonl.1.gz': '' },
      /evidence\.jsonl\.1\.gz is packed; unpack it/,
    ],
  ];
  for (const [what, files, says] of refused) {
    it(`refuses ${what}`, async () => {
      const place = files === undefined ? path.join(folder, 'a') : journal('a', files);
      await assert.rejects(
        readJournals([place]),
        (thrown) => thrown instanceof UserError && thrown.code === 'usage' && says.test(thrown.message),
      );
    });
  }
});
