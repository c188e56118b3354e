import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder, tool } from './support';

const { sourcesHash } = tool<{ sourcesHash: (root: string) => string }>('sourcesHash');

describe('tools/sourcesHash', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const write = (name: string, content: string) => {
    mkdirSync(path.dirname(path.join(folder.path, name)), { recursive: true });
    writeFileSync(path.join(folder.path, name), content);
  };
  const hash = () => sourcesHash(folder.path);

  beforeEach(() => {
    folder = temporaryFolder();
    write('tsconfig.json', JSON.stringify({ include: ['index.ts', 'phases', 'not-yet-there'] }));
    write('package-lock.json', '{}');
    write('index.ts', 'export {};');
    write('phases/ladder.ts', 'export const ladder = 1;');
  });
  afterEach(() => folder.remove());

  const changes: Array<[string, () => void]> = [
    ['the content of a source', () => write('phases/ladder.ts', 'export const ladder = 2;')],
    ['a new source', () => write('phases/deep/one.ts', '')],
    ['a removed source', () => rmSync(path.join(folder.path, 'phases/ladder.ts'))],
    [
      'a source of another name',
      () => renameSync(path.join(folder.path, 'index.ts'), path.join(folder.path, 'phases/a.ts')),
    ],
    ['tsconfig.json', () => write('tsconfig.json', JSON.stringify({ include: ['index.ts', 'phases'] }))],
    ['package-lock.json', () => write('package-lock.json', '{"packages":{}}')],
  ];
  for (const [what, change] of changes) {
    it(`changes with ${what}`, () => {
      const before = hash();
      change();
      assert.notEqual(hash(), before);
    });
  }

  it('stays when only what tsc does not read changes', () => {
    const before = hash();
    write('README.md', 'text');
    write('phases/data.json', '{}');
    write('phases/node_modules/other/index.ts', '');
    write('elsewhere/file.ts', '');
    assert.equal(hash(), before);
  });
});
