import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { linesOf, temporaryFolder, tool, writeProgram } from './support';

const { pythonEnvironment } = tool<{
  pythonEnvironment: (requirements: string, options: { env: NodeJS.ProcessEnv }) => Promise<string>;
}>('pythonEnvironment');

/** Stands for Python: it makes an environment with itself as the Python in it. */
const PYTHON = [
  'case "$*" in',
  '"-c "*) echo 3.11;;',
  '"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python";;',
  '"-m pip "*) echo "$@" >> "$PIP_LOG"; test -z "$PIP_FAILS" || { echo "no index"; exit 1; };;',
  'esac',
].join('\n');

describe('tools/pythonEnvironment', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => path.join(folder.path, ...parts);
  beforeEach(() => {
    folder = temporaryFolder();
    writeFileSync(at('requirements.txt'), 'project==1.2.3\n');
  });
  afterEach(() => folder.remove());
  const make = (more: NodeJS.ProcessEnv = {}) => {
    writeProgram(at('programs/python3'), PYTHON);
    const PATH = `${at('programs')}:/usr/bin:/bin`;
    const env = { PATH, XDG_CACHE_HOME: at('cache'), PIP_LOG: at('pip'), ...more };
    return pythonEnvironment(at('requirements.txt'), { env });
  };

  it('installs what is pinned by hash, once', async () => {
    const bin = await make();
    assert.equal(await make(), bin);
    const [installed, ...others] = linesOf(at('pip'));
    assert.deepEqual(others, []);
    assert.match(installed!, / --require-hashes --only-binary=:all: --no-deps .*requirements\.txt$/);
  });

  it('makes another one for other requirements', async () => {
    const bin = await make();
    writeFileSync(at('requirements.txt'), 'project==1.2.4\n');
    assert.notEqual(await make(), bin);
  });

  it('begins anew after one that failed, and says what pip said', async () => {
    await assert.rejects(make({ PIP_FAILS: 'yes' }), /pip could not install .*requirements\.txt:\n {2}no index/);
    assert.ok(existsSync(path.join(await make(), 'python')));
    assert.equal(linesOf(at('pip')).length, 2);
  });

  it('says that there is no Python', async () => {
    await assert.rejects(make({ PATH: '/nowhere' }), /python3 was not found on PATH/);
  });
});
