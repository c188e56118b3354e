import assert from 'node:assert/strict';
import path from 'node:path';
import { linesOf, temporaryFolder, tool, writeProgram } from './support';

interface Search {
  usable: { path: string; version: string } | undefined;
  refused: string[];
}
type Remembered = { asked: number };
const { findOnPath } = tool<{
  findOnPath: (
    wanted: object,
    context: { env: NodeJS.ProcessEnv; except: string; remembered: Remembered },
  ) => Promise<Search>;
}>('pathTool');
const { rememberedVersions } = tool<{ rememberedVersions: (file: string) => Remembered }>('rememberedVersions');

describe('tools/pathTool', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => path.join(folder.path, ...parts);
  const accepted = {
    args: ['version'],
    pattern: /v(\d+\.\d+\.\d+)/,
    atLeast: '1.33.0',
    below: '1.36.0',
    why: 'of the API server',
  };
  const remembered = () => rememberedVersions(at('versions.json'));
  const search = (folders: string[], more: object = {}, memory = remembered()) =>
    findOnPath(
      { name: 'kubectl', accepted: { ...accepted, ...more } },
      {
        env: { PATH: [...folders, '/usr/bin', '/bin'].map(String).join(':') },
        except: at('cache'),
        remembered: memory,
      },
    );

  beforeEach(() => {
    folder = temporaryFolder();
    writeProgram(at('old', 'kubectl'), 'echo Client Version: v1.32.4-dispatcher');
    writeProgram(at('good', 'kubectl'), `echo asked >> ${at('journal')}; echo Client Version: v1.34.1`);
    writeProgram(at('new', 'kubectl'), 'echo Client Version: v1.36.0');
    writeProgram(at('mute', 'kubectl'), 'exit 3');
    writeProgram(at('cache', 'kubectl'), 'echo Client Version: v1.34.4');
  });
  afterEach(() => folder.remove());

  it('takes the first program of an accepted version and says why those before it are refused', async () => {
    const { usable, refused } = await search([at('old'), at('new'), at('mute'), at('good')]);
    assert.deepEqual(usable, { path: at('good', 'kubectl'), version: '1.34.1' });
    assert.deepEqual(refused, [
      `kubectl 1.32.4 at ${at('old', 'kubectl')} is not used: expected at least 1.33.0 and below 1.36.0, because of the API server`,
      `kubectl 1.36.0 at ${at('new', 'kubectl')} is not used: expected at least 1.33.0 and below 1.36.0, because of the API server`,
      `kubectl at ${at('mute', 'kubectl')} is not used: it does not tell its version`,
    ]);
  });

  it('does not take a program that our own cache put on PATH for an official one', async () => {
    const { usable, refused } = await search([at('cache'), at('good')]);
    assert.equal(usable?.path, at('good', 'kubectl'));
    assert.deepEqual(refused, []);
  });

  it('refuses a program without what has to lie beside it', async () => {
    const { usable, refused } = await search([at('good')], { beside: ['kubectl-convert'] });
    assert.notEqual(usable?.path, at('good', 'kubectl'));
    assert.match(refused[0] ?? '', /expected kubectl-convert beside it in /);
    writeProgram(at('good', 'kubectl-convert'), '');
    assert.equal((await search([at('good')], { beside: ['kubectl-convert'] })).usable?.path, at('good', 'kubectl'));
  });

  it('asks a program for its version once, until the file changes', async () => {
    await search([at('good')]);
    const second = remembered();
    assert.equal((await search([at('good')], {}, second)).usable?.version, '1.34.1');
    assert.equal(second.asked, 0);
    assert.equal(linesOf(at('journal')).length, 1);

    writeProgram(at('good', 'kubectl'), 'echo Client Version: v1.35.0 # of another size');
    assert.equal((await search([at('good')])).usable?.version, '1.35.0');
  });
});
