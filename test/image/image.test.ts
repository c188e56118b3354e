import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { COMPILED, copiesIn, layOut, lockedIn, ROOT, stages } from './support';

interface Package {
  readonly version: string;
  readonly engines: { readonly node: string };
  readonly dependencies: Readonly<Record<string, string>>;
}
const json = <T>(file: string): T => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8')) as T;
const own = json<Package>('image/package.json');
const project = json<Package>('package.json');

/** Every file that the watcher loads, from the root, and every package. */
function loaded(): { readonly files: readonly string[]; readonly packages: readonly string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(path.join(ROOT, file), 'utf8');
    for (const [, name] of text.matchAll(/\b(?:require(?:\.resolve)?|import)\(\s*["'`]([^"'`]+)["'`]\s*\)/g)) {
      if (name!.startsWith('.')) {
        visit(path.relative(ROOT, require.resolve(path.resolve(ROOT, path.dirname(file), name!))));
      } else if (!isBuiltin(name!)) packages.add(/^(@[^/]+\/)?[^/]+/.exec(name!)![0]);
    }
  };
  visit('dist/scripts/watch.js');
  return { files: [...files], packages: [...packages].sort() };
}

describe('the Dockerfile', () => {
  const final = stages.at(-1)!;
  const images = stages.flatMap((stage) => [
    stage[0]!.text.split(' ')[0]!,
    ...copiesIn(stage).flatMap(({ from }) => (from?.includes('/') ? [from] : [])),
  ]);

  it('takes every image by its exact version', () => {
    assert.equal(images.length, 4);
    for (const image of images) assert.match(image, /^[a-z][\w./-]*:v?\d+\.\d+\.\d+(-[a-z]+)*$/);
  });

  it('takes the Node that the project needs, and the kubectl that the tests run', () => {
    const [, major, minor] = /^node:(\d+)\.(\d+)\./.exec(images[0]!) ?? [];
    const [, leastMajor, leastMinor] = /^>=(\d+)\.(\d+)$/.exec(project.engines.node)!;
    assert.ok(Number(major) > Number(leastMajor) || Number(minor) >= Number(leastMinor), images[0]);
    const tested = /const kubernetes = '([\d.]+)'/.exec(
      readFileSync(path.join(ROOT, 'tools', 'catalog.js'), 'utf8'),
    )![1];
    assert.ok(images.includes(`registry.k8s.io/kubectl:v${tested}`), images.join());
  });

  it('copies only what is there, and what .dockerignore lets through', () => {
    const lines = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8').split('\n');
    const rules = lines.filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(rules[0], '*');
    const let_ = rules.slice(1).map((rule) => rule.replace(/^!/, ''));
    const copied = stages
      .flatMap(copiesIn)
      .filter(({ from }) => from === undefined)
      .flatMap(({ sources }) => sources);
    for (const source of copied) {
      assert.ok(existsSync(path.join(ROOT, source)), source);
      assert.ok(let_.includes(source.split('/')[0]!), source);
    }
    assert.deepEqual([...new Set(copied.map((source) => source.split('/')[0]!))].sort(), [...let_].sort());
  });

  it('copies from stages that come before', () => {
    const names: string[] = [];
    for (const stage of stages) {
      for (const { from } of copiesIn(stage)) {
        assert.ok(from === undefined || from.includes('/') || names.includes(from), from);
      }
      const [, name] = / AS (\S+)$/.exec(stage[0]!.text) ?? [];
      if (name !== undefined) names.push(name);
    }
  });

  it('installs nothing beyond lockfiles, runs no script of a package, and nothing at all in the last stage', () => {
    const runs = stages.flatMap((stage) => stage.filter(({ name }) => name === 'RUN').map(({ text }) => text));
    assert.deepEqual(
      runs.filter((run) => run.startsWith('npm')),
      ['npm ci --ignore-scripts', 'npm ci --omit=dev --ignore-scripts'],
    );
    assert.ok(!runs.some((run) => /\b(apt|apk|curl|wget|npx)\b/.test(run)));
    assert.deepEqual([...new Set(final.map(({ name }) => name))].sort(), [
      'COPY',
      'ENTRYPOINT',
      'EXPOSE',
      'FROM',
      'USER',
      'WORKDIR',
    ]);
  });

  it('ends as a user by number who is not root, and starts the watcher', () => {
    const [last] = final.filter(({ name }) => name === 'USER').slice(-1);
    assert.equal(last?.text, '10001:10001');
    const [start] = final.filter(({ name }) => name === 'ENTRYPOINT');
    assert.deepEqual(JSON.parse(start!.text), ['node', 'dist/scripts/watch.js']);
  });
});

describe('the image of the watcher', () => {
  it('has every file and every package that the watcher loads, and no package more', () => {
    const { files, packages } = loaded();
    assert.ok(files.length > 100);
    for (const file of files) assert.ok(COMPILED.includes(file.split('/')[1]!), file);
    assert.deepEqual(Object.keys(own.dependencies).sort(), packages);
  });

  it('has them in the versions that the project itself has', () => {
    for (const [name, version] of Object.entries(own.dependencies)) {
      assert.equal(version, project.dependencies[name], name);
    }
    const [ofImage, ofProject] = [lockedIn('image'), lockedIn('.')];
    for (const [folder, { version, resolved, integrity, hasInstallScript }] of ofImage) {
      const same = ofProject.get(folder);
      assert.deepEqual([version, resolved, integrity], [same?.version, same?.resolved, same?.integrity], folder);
      assert.ok(integrity !== undefined && hasInstallScript !== true, folder);
    }
    assert.equal(own.version, project.version);
  });

  it('has a whole lockfile, without Pulumi', () => {
    const locked = lockedIn('image');
    const needed = [own, ...locked.values()].flatMap(({ dependencies, ...rest }) => {
      const bundled = 'bundleDependencies' in rest ? (rest.bundleDependencies ?? []) : [];
      return Object.keys(dependencies ?? {}).filter((name) => !bundled.includes(name));
    });
    assert.deepEqual([...new Set(needed)].map((name) => `node_modules/${name}`).sort(), [...locked.keys()].sort());
    assert.ok(![...locked.keys()].some((folder) => /pulumi|grpc|typescript/.test(folder)));
  });

  it('starts with what it holds, laid out in a folder of its own', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'denis-image-'));
    try {
      const { app, bin } = layOut(folder, '/nowhere/kubectl');
      const options = { cwd: app, env: { PATH: bin, HOME: folder }, encoding: 'utf8', timeout: 20_000 } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/scripts/watch.js', '--help'], options);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^Usage: watch/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }).timeout(40_000);
});
