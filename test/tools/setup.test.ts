import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { checkout, collector, linesOf, temporaryFolder, tool, until, writeProgram } from './support';

interface SetUp {
  bin: string;
  plugins: string;
  paths: Record<string, string>;
  tools: Array<{ name: string; version: string; path: string; from: string }>;
  env: { PATH: string; DENIS_CANARY_PLUGINS: string };
}
interface Options {
  stderr: { write(text: string): unknown };
  env: NodeJS.ProcessEnv;
  root: string;
  catalog: object[];
  goFolder: string;
  signal?: AbortSignal;
}
const { setUp } = tool<{ setUp: (options: Options) => Promise<SetUp> }>('setup');
const { sourcesHash } = tool<{ sourcesHash: (root: string) => string }>('sourcesHash');

/** Stands for Go: notes each build, waits while the file `hold` exists, fails with the text of the file `broken`. */
const goScript = (folder: string) => `
case "$1" in
  env) echo '{"GOVERSION": "go1.26.0", "GOMODCACHE": "${folder}/modules"}'; exit;;
esac
echo "$@" >> ${folder}/builds
while [ -e ${folder}/hold ]; do sleep 0.05; done
if [ -e ${folder}/broken ]; then cat ${folder}/broken >&2; exit 1; fi
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho v1.0.0\\n' > "$2"
chmod +x "$2"`;

// What the set-up of a small checkout needs: everything installed and compiled, one tool to build, one plugin to write.
const catalogOf = (name: string) => [
  {
    name,
    source: { kind: 'go', module: 'tiny', package: '.', main: 'tiny@v1', version: '1.0.0', coldMiB: 1 },
    accepted: { args: [], pattern: /v(\d+\.\d+\.\d+)/, atLeast: '1.0.0', below: '2.0.0' },
  },
  {
    name: 'pulumi-resource-tiny',
    plugin: { name: 'tiny', version: '2.0.0' },
    source: { kind: 'text', version: '2.0.0', text: '#!/bin/sh\n' },
  },
];

describe('tools/setup', function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let out: ReturnType<typeof collector>;
  const at = (...parts: string[]) => path.join(folder.path, ...parts);
  const env = (): NodeJS.ProcessEnv => ({
    PATH: `${at('programs')}:/usr/bin:/bin`,
    HOME: at('home'),
    XDG_CACHE_HOME: at('cache'),
  });
  const start = (more: Partial<Options> = {}) =>
    setUp({ stderr: out, env: env(), root: at('root'), goFolder: at('go'), catalog: catalogOf('tiny-tool'), ...more });
  const inCache = (name: string) => {
    const key = readdirSync(at('cache', 'denis-canary')).find((entry) => /^[0-9a-f]{12}$/.test(entry));
    return readdirSync(at('cache', 'denis-canary', String(key), name));
  };

  beforeEach(() => {
    folder = temporaryFolder();
    out = collector();
    for (const name of ['root/node_modules', 'root/dist', 'go/tiny', 'home']) mkdirSync(at(name), { recursive: true });
    writeFileSync(at('go/tiny/go.mod'), 'module tiny\n');
    writeFileSync(at('root/package-lock.json'), '{"packages": {"": {}}}');
    writeFileSync(at('root/node_modules/.package-lock.json'), '{"packages": {}}');
    writeFileSync(at('root/tsconfig.json'), '{"include": []}');
    writeFileSync(at('root/dist/build.json'), JSON.stringify({ sources: sourcesHash(at('root')) }));
    writeProgram(at('programs/go'), goScript(folder.path));
  });
  afterEach(() => folder.remove());

  it('builds what is missing and names every program, PATH and the plugin folder', async () => {
    const result = await start();
    assert.match(
      out.text(),
      /^step 1 of 2 {2}tiny-tool 1\.0\.0 {2}\ds\nstep 2 of 2 {2}pulumi-resource-tiny 2\.0\.0 {2}\ds\n$/,
    );
    assert.equal(spawnSync(String(result.paths['tiny-tool']), { encoding: 'utf8' }).stdout, 'v1.0.0\n');
    assert.ok(result.env.PATH.startsWith(`${result.bin}:`));
    assert.ok(existsSync(path.join(result.plugins, 'resource-tiny-v2.0.0', 'pulumi-resource-tiny')));
    assert.match(linesOf(at('builds'))[0] ?? '', /^build -trimpath -mod=readonly /);
    assert.deepEqual([inCache('work'), inCache('locks')], [[], []]);
  });

  it('says nothing, runs no program and opens no connection when everything is there', async () => {
    const first = await start();
    writeFileSync(at('catalog.js'), `module.exports = [${catalogOf('tiny-tool').map(source).join(', ')}];`);
    const script = `
      const forbidden = (name) => () => { throw new Error('called ' + name); };
      for (const [module, names] of Object.entries({
        child_process: ['spawn', 'exec', 'execFile', 'fork', 'spawnSync', 'execSync', 'execFileSync'],
        net: ['connect', 'createConnection'], dns: ['lookup'],
      })) for (const name of names) require(module)[name] = forbidden(name);
      const options = { stderr: process.stderr, env: process.env, root: ${JSON.stringify(at('root'))},
        goFolder: ${JSON.stringify(at('go'))}, catalog: require(${JSON.stringify(at('catalog.js'))}) };
      require(${JSON.stringify(path.join(checkout, 'tools', 'setup.js'))}).setUp(options)
        .then((result) => console.log(JSON.stringify(result)));`;
    const second = spawnSync(process.execPath, ['-e', script], { env: env(), encoding: 'utf8' });
    assert.equal(second.stderr, '');
    assert.deepEqual(JSON.parse(second.stdout), first);
    assert.equal(linesOf(at('builds')).length, 1);
  });

  it('builds once when two set-ups run at once', async () => {
    writeFileSync(at('hold'), '');
    const both = [start(), start()];
    await until(() => linesOf(at('builds')).length > 0, 'the build');
    rmSync(at('hold'));
    const [first, second] = await Promise.all(both);
    assert.deepEqual(first, second);
    assert.equal(linesOf(at('builds')).length, 1);
  });

  it('prefers an official program of an accepted version, and says so', async () => {
    writeProgram(at('programs/tiny-tool'), 'echo v1.5.0');
    const { tools, paths } = await start();
    assert.deepEqual(tools[0], { name: 'tiny-tool', path: at('programs/tiny-tool'), version: '1.5.0', from: 'PATH' });
    assert.match(out.text(), /^tiny-tool 1\.5\.0: using .*programs\/tiny-tool$/m);
    assert.equal(spawnSync(String(paths['tiny-tool']), { encoding: 'utf8' }).stdout, 'v1.5.0\n');
    assert.deepEqual(linesOf(at('builds')), []);
  });

  it('builds beside a refused program and says why it was refused', async () => {
    writeProgram(at('programs/tiny-tool'), 'echo v2.0.0');
    const { tools } = await start();
    assert.equal(tools[0]?.from, 'built');
    assert.match(out.text(), /^tiny-tool 2\.0\.0 at .* is not used: expected at least 1\.0\.0 and below 2\.0\.0$/m);
  });

  it('takes a plugin that Pulumi itself has installed', async () => {
    const plugin = at('home/.pulumi/plugins/resource-tiny-v2.0.0/pulumi-resource-tiny');
    writeProgram(plugin, '');
    const { tools } = await start();
    assert.deepEqual(tools.at(-1), { name: 'pulumi-resource-tiny', path: plugin, version: '2.0.0', from: 'Pulumi' });
  });

  it('does not take its own programs for official ones when it runs inside itself', async () => {
    const outer = await start();
    const home = at('sandbox-home');
    mkdirSync(home);
    symlinkSync(outer.plugins, path.join(home, 'plugins'));
    const inner = await start({ env: { ...env(), PATH: outer.env.PATH, PULUMI_HOME: home } });
    assert.deepEqual(inner.tools, outer.tools);
    assert.equal(inner.bin, outer.bin);
  });

  it('reuses what another version of the catalog built from the same input', async () => {
    await start();
    const [tiny, plugin] = catalogOf('tiny-tool');
    const changed = { ...plugin, source: { kind: 'text', version: '2.0.0', text: '#!/bin/sh\n# other\n' } };
    await start({ catalog: [tiny as object, changed] });
    assert.equal(linesOf(at('builds')).length, 1);
    writeFileSync(at('go/tiny/go.mod'), 'module tiny // changed\n');
    await start();
    assert.equal(linesOf(at('builds')).length, 2);
  });

  it('names the log of a failed build with its last lines, and builds again next time', async () => {
    writeFileSync(at('broken'), 'go: downloading example.org v1\n# tiny\n./main.go:3:1: syntax error\n');
    await assert.rejects(start(), (error: Error & { code: string }) => {
      assert.equal(error.code, 'build-failed');
      const log = /The log is (\S+);/.exec(error.message)?.[1];
      assert.equal(readFileSync(String(log), 'utf8'), readFileSync(at('broken'), 'utf8'));
      assert.match(
        error.message,
        /^Making tiny-tool failed\..*it ends with\n {2}# tiny\n {2}\.\/main\.go:3:1: syntax error\n/,
      );
      return true;
    });
    assert.deepEqual([inCache('bin'), inCache('work'), inCache('locks')], [[], [], []]);
    rmSync(at('broken'));
    await start();
    assert.ok(inCache('bin').includes('tiny-tool'));
  });

  it('says that the disk is full when a build says so', async () => {
    writeFileSync(at('broken'), 'write /tmp/a.o: no space left on device\n');
    await assert.rejects(start(), { code: 'disk-full', message: /^Making tiny-tool filled the disk\./ });
  });

  it('says which tools want Go before the first step when there is none', async () => {
    rmSync(at('programs/go'));
    const own = { ...env(), PATH: at('programs') };
    await assert.rejects(start({ env: own }), { code: 'go-missing', message: /nor built yet: tiny-tool\.$/ });
    assert.equal(out.text(), '');
  });

  it('names the cache folder that cannot be written', async () => {
    writeFileSync(at('cache'), 'a file where the folder should be');
    await assert.rejects(start(), {
      code: 'cache-not-writable',
      message: /denis-canary cannot be written .*XDG_CACHE_HOME/,
    });
  });

  it('ends the build and leaves nothing half-done when interrupted', async () => {
    writeFileSync(at('hold'), '');
    const interruption = new AbortController();
    const interrupted = start({ signal: interruption.signal });
    await until(() => linesOf(at('builds')).length > 0, 'the build');
    interruption.abort();
    await assert.rejects(interrupted, { name: 'AbortError' });
    assert.deepEqual([inCache('bin'), inCache('work'), inCache('locks')], [[], [], []]);
  });

  it('finishes what a killed set-up left behind', async () => {
    writeFileSync(at('hold'), '');
    writeFileSync(at('catalog.js'), `module.exports = [${catalogOf('tiny-tool').map(source).join(', ')}];`);
    const script = `require(${JSON.stringify(path.join(checkout, 'tools', 'setup.js'))}).setUp({ stderr: process.stderr, env: process.env,
      root: ${JSON.stringify(at('root'))}, goFolder: ${JSON.stringify(at('go'))}, catalog: require(${JSON.stringify(at('catalog.js'))}) });`;
    const child = spawn(process.execPath, ['-e', script], { env: env() });
    await until(() => linesOf(at('builds')).length > 0, 'the build');
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.deepEqual([inCache('work').length, inCache('locks')], [1, ['tiny-tool']]);
    rmSync(at('hold'));
    const { paths } = await start();
    assert.ok(statSync(String(paths['tiny-tool'])).isFile());
    assert.deepEqual(inCache('locks'), []);
  });
});

/** A catalog entry as JavaScript source: JSON has no regular expressions. */
function source(entry: object): string {
  const pattern = /"pattern":\{\}/;
  return JSON.stringify(entry).replace(pattern, '"pattern":/v(\\d+\\.\\d+\\.\\d+)/');
}
