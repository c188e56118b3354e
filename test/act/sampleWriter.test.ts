import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { SampleWriter } from '../../act/sampleWriter';
import { samplesFile } from '../../observe/journalFolder';
import { exposed, withFolder, writeAll } from '../observe/support/journal';

/** 2026-11-25 10:00 UTC. */
const NOW = Date.parse('2026-11-25T10:00:00Z') / 1000;
const DAY = 86_400;
const linesOf = (folder: string, at = NOW): string[] =>
  readFileSync(path.join(folder, samplesFile(at)), 'utf8')
    .split('\n')
    .slice(0, -1);

describe('SampleWriter', () => {
  it('names the series once and then writes numbers, for the owner alone', () =>
    withFolder((folder) => {
      writeAll(folder, [
        [NOW, 'denis-a', [exposed('queue_depth', 7, { queue: 'tools_mut' }), exposed('error_rate', Number.NaN)]],
        [
          NOW + 15.5,
          'denis-b',
          [exposed('error_rate', 0.5, {}, 1_764_000_000_500), exposed('queue_depth', 8, { queue: 'tools_mut' })],
        ],
      ]);
      const lines = linesOf(folder);
      const { shape } = JSON.parse(lines[0]!) as { shape: string };
      assert.deepEqual(
        lines.map((line) => JSON.parse(line) as unknown),
        [
          {
            shape,
            series: [
              ['error_rate', { namespace: 'denis' }],
              ['queue_depth', { namespace: 'denis', queue: 'tools_mut' }],
            ],
          },
          { at: NOW, pod: 'denis-a', shape, values: [null, 7] },
          { at: NOW + 15.5, pod: 'denis-b', shape, values: [[0.5, 1_764_000_000.5], 8] },
        ],
      );
      assert.equal(statSync(path.join(folder, samplesFile(NOW))).mode & 0o777, 0o600);
    }));

  it('names them again in the file of the next day, and after it was closed', () =>
    withFolder((folder) => {
      const scrape = [exposed('error_rate', 0)];
      writeAll(folder, [
        [NOW, 'denis-a', scrape],
        [NOW + DAY, 'denis-a', scrape],
      ]);
      writeAll(folder, [[NOW + DAY + 15, 'denis-a', scrape]]);
      const kinds = (at: number) =>
        linesOf(folder, at).map((line) => ('series' in (JSON.parse(line) as object) ? 'names' : 'numbers'));
      assert.deepEqual(kinds(NOW), ['names', 'numbers']);
      assert.deepEqual(kinds(NOW + DAY), ['names', 'numbers', 'names', 'numbers']);
    }));

  it('deletes the samples that no window looks back to, and nothing else', () =>
    withFolder((folder) => {
      const old = [31, 32, 33, 400].map((days) => samplesFile(NOW - days * DAY));
      const others = ['evidence-2020-01-01.jsonl', 'samples-2020-01-01.jsonl.gz', 'samples-old.jsonl'];
      for (const file of [...old, ...others]) writeFileSync(path.join(folder, file), '');
      writeAll(folder, [[NOW, 'denis-a', [exposed('error_rate', 0)]]]);
      assert.deepEqual(readdirSync(folder).sort(), [...others, ...old.slice(0, 1), samplesFile(NOW)].sort());
    }));

  it('takes back the line that a writer which died left half written, wherever it was torn', () =>
    withFolder((folder) => {
      const file = path.join(folder, samplesFile(NOW));
      const scrape = [exposed('error_rate', 0.25)];
      fc.assert(
        fc.property(fc.integer({ min: 0, max: 3 }), fc.nat(), (scrapes, cut) => {
          writeFileSync(file, '');
          writeAll(
            folder,
            Array.from({ length: scrapes }, (_, index) => [NOW + index, 'denis-a', scrape] as const),
          );
          const whole = readFileSync(file, 'utf8');
          truncateSync(file, cut % (whole.length + 1));
          const kept = readFileSync(file, 'utf8').split('\n').slice(0, -1);
          writeAll(folder, [[NOW + 10, 'denis-a', scrape]]);
          const lines = linesOf(folder);
          assert.deepEqual(lines.slice(0, -2), kept);
          for (const line of lines) JSON.parse(line);
        }),
        { numRuns: 300 },
      );
    }));

  it('finds the end of a torn line that is longer than a block', () =>
    withFolder((folder) => {
      const scrape = [exposed('error_rate', 0.25)];
      writeAll(folder, [[NOW, 'denis-a', scrape]]);
      appendFileSync(path.join(folder, samplesFile(NOW)), 'x'.repeat(200_000));
      writeAll(folder, [[NOW + 1, 'denis-a', scrape]]);
      assert.equal(linesOf(folder).length, 4);
      writeFileSync(path.join(folder, samplesFile(NOW)), 'x'.repeat(200_000));
      writeAll(folder, [[NOW + 1, 'denis-a', scrape]]);
      assert.equal(linesOf(folder).length, 2);
    }));

  it('says what the system says when the folder is gone, and goes on once it is there', () =>
    withFolder((folder) => {
      const writer = new SampleWriter(path.join(folder, 'none'));
      assert.throws(() => writer.append({ at: NOW, pod: 'denis-a', samples: [] }), { code: 'ENOENT' });
      writer.close();
    }));
});
