import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder, tool } from './support';

const { checkDiskSpace, neededMiB } = tool<{
  checkDiskSpace: (
    folder: string,
    needed: number,
    ask: (folder: string) => Promise<{ bavail: number; bsize: number }>,
  ) => Promise<void>;
  neededMiB: (tools: object[], moduleCache: string) => number;
}>('diskSpace');

describe('tools/diskSpace', () => {
  const ask = async () => ({ bavail: 300 * 256, bsize: 4096 });

  it('refuses to start without enough room, with both figures', async () => {
    await assert.rejects(checkDiskSpace('/cache', 301, ask), {
      code: 'disk-full',
      message: /^Not enough room on the disk of \/cache: the set-up needs 301 MiB, 300 MiB are free\. /,
    });
    await checkDiskSpace('/cache', 300, ask);
  });

  it('needs room for a cold build only where the pinned module was never downloaded', () => {
    const folder = temporaryFolder();
    try {
      const source = { kind: 'go', main: 'example.org/one@v1.2.3', coldMiB: 1000 };
      const warm = neededMiB([], folder.path);
      assert.equal(neededMiB([{ source }], folder.path), warm + 1000);
      const download = path.join(folder.path, 'cache/download/example.org/one/@v');
      mkdirSync(download, { recursive: true });
      writeFileSync(path.join(download, 'v1.2.3.zip'), '');
      assert.equal(neededMiB([{ source }], folder.path), warm);
    } finally {
      folder.remove();
    }
  });
});
