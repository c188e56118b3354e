import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readBuild, runningBuild } from '../../observe/build';

const TOOLS = path.resolve(__dirname, '..', '..', '..', 'tools');

describe('observe/build', () => {
  let root: string;
  const write = (file: string, text: string): void => writeFileSync(path.join(root, file), text);
  const record = (): void => {
    const { sourcesHash } = require(path.join(TOOLS, 'sourcesHash.js')) as { sourcesHash: (root: string) => string };
    write('dist/build.json', JSON.stringify({ sources: sourcesHash(root) }));
  };

  beforeEach(() => {
    root = mkdtempSync(path.join(tmpdir(), 'denis-build-'));
    mkdirSync(path.join(root, 'dist'));
    cpSync(TOOLS, path.join(root, 'tools'), { recursive: true });
    write('tsconfig.json', '{"include": ["index.ts"]}');
    write('package-lock.json', '{}');
    write('index.ts', 'export const limit = 95;');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('is content with code that was built from the sources', () => {
    record();
    assert.deepEqual(readBuild(root), { kind: 'read', value: true });
  });

  it('notices a source that changed since', () => {
    record();
    write('index.ts', 'export const limit = 9;');
    const build = readBuild(root);
    assert.match(build.kind === 'unreadable' ? build.reason : 'content', /^the sources changed .* npm run build/);
  });

  it('lets what runs go on when a source changes under it', () => {
    record();
    assert.equal(runningBuild(root).kind, 'read');
    write('index.ts', 'export const limit = 9;');
    assert.equal(runningBuild(root).kind, 'read');
  });

  it('does not trust what runs when it is built afterwards', () => {
    assert.equal(runningBuild(root).kind, 'unreadable');
    record();
    assert.equal(runningBuild(root).kind, 'unreadable');
  });

  it('does not trust a build without a record', () => {
    assert.match(JSON.stringify(readBuild(root)), /it cannot be told whether dist\/ was built/);
  });

  it('has nothing to compare in a copy without the tools', () => {
    rmSync(path.join(root, 'tools'), { recursive: true });
    assert.deepEqual(readBuild(root), { kind: 'read', value: true });
  });
});
