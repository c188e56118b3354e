import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { appendEvidence, EVIDENCE_FILE } from '../../act/journal';
import type { EvidenceRecord } from '../../rollout/evidence';

const record = (stack: string): EvidenceRecord => ({ version: 1, stack }) as unknown as EvidenceRecord;

describe('the evidence journal', function () {
  this.timeout(30_000);
  let folder: string;
  let file: string;
  beforeEach(() => {
    const root = mkdtempSync(path.join(tmpdir(), 'journal-'));
    folder = path.join(root, 'state', 'denis-canary', 'uid');
    file = path.join(folder, EVIDENCE_FILE);
  });
  afterEach(() => rmSync(path.resolve(folder, '..', '..', '..'), { recursive: true, force: true }));

  const lines = (): string[] => readFileSync(file, 'utf8').split('\n');

  it('is made for its owner alone, folder and file', () => {
    appendEvidence(folder, record('canary-1'));
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(path.dirname(folder)).mode & 0o777, 0o700);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it('gets one line a record, and keeps what is there', () => {
    appendEvidence(folder, record('canary-1'));
    appendEvidence(folder, record('two\nlines'));
    assert.deepEqual(lines(), ['{"version":1,"stack":"canary-1"}', '{"version":1,"stack":"two\\nlines"}', '']);
  });

  it('begins a new line after a record that was cut off, so that only that one is lost', () => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, '{"version":1,"sta');
    appendEvidence(folder, record('canary-1'));
    appendEvidence(folder, record('canary-10'));
    assert.deepEqual(lines().slice(1), ['{"version":1,"stack":"canary-1"}', '{"version":1,"stack":"canary-10"}', '']);
  });

  it('never mixes the lines of many writers at once', async () => {
    const [writers, each] = [8, 25];
    const program = `
      const { appendEvidence } = require(process.argv[1]);
      for (let i = 0; i < ${each}; i++) appendEvidence(process.argv[2], { writer: process.argv[3], i, text: 'x'.repeat(40_000 + i) });`;
    const journal = path.resolve(__dirname, '..', '..', 'act', 'journal.js');
    const run = (writer: number) =>
      promisify(execFile)(process.execPath, ['-e', program, journal, folder, String(writer)]);
    await Promise.all(Array.from({ length: writers }, (_, writer) => run(writer)));
    const found = lines()
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as { writer: string; i: number; text: string });
    assert.equal(found.length, writers * each);
    for (const { i, text } of found) assert.equal(text.length, 40_000 + i);
    assert.equal(new Set(found.map(({ writer, i }) => `${writer} ${i}`)).size, writers * each);
  });

  it('fails where a folder cannot be made', () => {
    const blocked = path.join(path.resolve(folder, '..', '..', '..'), 'a-file');
    appendFileSync(blocked, '');
    assert.throws(() => appendEvidence(path.join(blocked, 'journal'), record('canary-1')), /ENOTDIR/);
  });
});
