import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkout, collector, temporaryFolder, tool } from './support';

const { build, isBuilt } = tool<{
  build: (root: string, options: { out: { write(text: string): unknown } }) => Promise<void>;
  isBuilt: (root: string) => boolean;
}>('build');
const { sourcesHash } = tool<{ sourcesHash: (root: string) => string }>('sourcesHash');

describe('tools/build', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (name: string) => path.join(folder.path, name);

  beforeEach(() => {
    folder = temporaryFolder();
    const compilerOptions = {
      rootDir: '.',
      outDir: 'dist',
      incremental: true,
      tsBuildInfoFile: 'dist/.tsbuildinfo',
      types: [],
    };
    writeFileSync(at('tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
    writeFileSync(at('package-lock.json'), '{}');
    symlinkSync(path.join(checkout, 'node_modules'), at('node_modules'));
    mkdirSync(at('src'));
    writeFileSync(at('src/kept.ts'), 'export const kept: number = 1;');
    writeFileSync(at('src/removed.ts'), 'export const removed = 1;');
  });
  afterEach(() => folder.remove());

  it('compiles, records the hash of the sources, and removes the output of a removed source', async () => {
    const out = collector();
    assert.equal(isBuilt(folder.path), false);
    await build(folder.path, { out });
    assert.equal(isBuilt(folder.path), true);
    assert.deepEqual(JSON.parse(readFileSync(at('dist/build.json'), 'utf8')), { sources: sourcesHash(folder.path) });
    assert.ok(existsSync(at('dist/src/removed.js')));

    rmSync(at('src/removed.ts'));
    assert.equal(isBuilt(folder.path), false);
    await build(folder.path, { out });
    assert.ok(!existsSync(at('dist/src/removed.js')));
    assert.ok(existsSync(at('dist/src/kept.js')));
    assert.equal(out.text(), '');

    // tsc's incremental record alone would not bring it back.
    rmSync(at('dist/src/kept.js'));
    await build(folder.path, { out });
    assert.ok(existsSync(at('dist/src/kept.js')));
  });

  it('prints type errors as tsc does and leaves no record of a build', async () => {
    const out = collector();
    await build(folder.path, { out });
    writeFileSync(at('src/kept.ts'), "export const kept: number = 'one';");
    await assert.rejects(build(folder.path, { out }), { code: 'type-errors' });
    assert.match(out.text(), /src\/kept\.ts\(1,14\): error TS2322: /);
    assert.equal(isBuilt(folder.path), false);
    assert.ok(!existsSync(at('dist/build.json')));
  });
});
