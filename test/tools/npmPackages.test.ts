import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { linesOf, temporaryFolder, tool, writeProgram } from './support';

const { install, isInstalled, stamp } = tool<{
  install: (root: string, options: { env: NodeJS.ProcessEnv; log: string }) => Promise<void>;
  isInstalled: (root: string) => boolean;
  stamp: (root: string) => void;
}>('npmPackages');

describe('tools/npmPackages', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => path.join(folder.path, ...parts);
  const lock = (packages: object) =>
    writeFileSync(at('package-lock.json'), JSON.stringify({ packages: { '': { name: 'root' }, ...packages } }));
  const record = (packages: object) =>
    writeFileSync(at('node_modules/.package-lock.json'), JSON.stringify({ packages }));
  const one = { 'node_modules/one': { version: '1.0.0' } };

  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(at('node_modules'));
    lock(one);
  });
  afterEach(() => folder.remove());

  const cases: Array<[string, object, object, boolean]> = [
    ['the same packages', one, one, true],
    ['another version', one, { 'node_modules/one': { version: '1.0.1' } }, false],
    ['a missing package', one, {}, false],
    ['a package too many', {}, one, false],
    ['a missing optional package', { ...one, 'node_modules/mac': { version: '1.0.0', optional: true } }, one, true],
  ];
  for (const [what, wanted, installed, expected] of cases) {
    it(`${expected ? 'accepts' : 'installs again with'} ${what}, by npm's record`, () => {
      lock(wanted);
      record(installed);
      assert.equal(isInstalled(folder.path), expected);
    });
  }

  it('trusts its own stamp until the lockfile changes', () => {
    assert.equal(isInstalled(folder.path), false);
    stamp(folder.path);
    assert.equal(isInstalled(folder.path), true);
    lock({});
    assert.equal(isInstalled(folder.path), false);
  });

  it('installs what the lockfile says, without scripts', async () => {
    writeProgram(at('programs/npm'), `echo "$@" > ${at('arguments')}`);
    await install(folder.path, { env: { PATH: `${at('programs')}:/usr/bin:/bin` }, log: at('log') });
    assert.match(linesOf(at('arguments'))[0] ?? '', /^ci --ignore-scripts /);
    assert.equal(isInstalled(folder.path), true);
  });

  it('names the log when npm fails, and does not take the packages for installed', async () => {
    stamp(folder.path);
    writeProgram(at('programs/npm'), 'echo "npm error network" >&2; exit 1');
    await assert.rejects(install(folder.path, { env: { PATH: at('programs') }, log: at('log') }), {
      code: 'npm-failed',
      message: new RegExp(`The log is ${at('log')}; it ends with\\n {2}npm error network\\n`),
    });
    assert.ok(!existsSync(at('node_modules/.denis-canary-stamp')));
  });

  it('says what to install when there is no npm', async () => {
    await assert.rejects(install(folder.path, { env: { PATH: at('nothing') }, log: at('log') }), {
      code: 'npm-missing',
    });
  });
});
