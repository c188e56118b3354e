import assert from 'node:assert/strict';
import path from 'node:path';
import { temporaryFolder, tool, writeProgram } from './support';

const { goCompiler } = tool<{
  goCompiler: (env: NodeJS.ProcessEnv, wanted: string[]) => Promise<{ version: string; moduleCache: string }>;
}>('goCompiler');

describe('tools/goCompiler', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  const withGo = (script?: string) => {
    if (script !== undefined) writeProgram(path.join(folder.path, 'go'), script);
    return goCompiler({ PATH: folder.path }, ['etcd', 'kwok']);
  };
  const telling = (version: string) => `echo '{"GOVERSION": "${version}", "GOMODCACHE": "/modules"}'`;

  it('says what to install, and for which tools, when there is no Go', async () => {
    await assert.rejects(withGo(), {
      code: 'go-missing',
      message:
        'Go was not found on PATH. Install Go 1.26.0 or newer (go.dev/dl) and put its bin folder on PATH; ' +
        'these tools are neither on PATH in a usable version nor built yet: etcd, kwok.',
    });
  });

  it('says which version was found when Go is too old', async () => {
    await assert.rejects(withGo(telling('go1.19.8')), {
      code: 'go-too-old',
      message: /^Go 1\.19\.8 on PATH is too old\. Install Go 1\.26\.0/,
    });
  });

  for (const version of ['go1.26.0', 'go1.26.8', 'go1.27rc1', 'go2.0']) {
    it(`accepts ${version}`, async () => {
      assert.equal((await withGo(telling(version))).moduleCache, '/modules');
    });
  }

  it('passes on what a broken Go says', async () => {
    await assert.rejects(withGo('echo cannot find GOROOT >&2; exit 2'), {
      code: 'go-broken',
      message: /cannot find GOROOT/,
    });
  });
});
