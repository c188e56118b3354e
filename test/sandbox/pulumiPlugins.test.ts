import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { linkPlugins } from '../../sandbox/pulumiPlugins';

describe('sandbox plugins', () => {
  let folder: string;
  let env: NodeJS.ProcessEnv;
  const add = (...parts: string[]) => {
    mkdirSync(path.join(folder, ...parts), { recursive: true });
    writeFileSync(path.join(folder, ...parts, 'provider'), '');
  };
  const linked = (name: string) =>
    path.dirname(realpathSync(path.join(folder, 'pulumi-home', 'plugins', name, 'provider')));

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'denis-plugins-')));
    add('tools', 'bin');
    mkdirSync(path.join(folder, 'pulumi-home'));
    writeFileSync(path.join(folder, 'tools', 'bin', 'pulumi'), '');
    chmodSync(path.join(folder, 'tools', 'bin', 'pulumi'), 0o755);
    env = { PATH: path.join(folder, 'tools', 'bin'), HOME: path.join(folder, 'home') };
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are those beside the tools before those that the CLI installed', () => {
    add('tools', 'plugins', 'resource-kubernetes-v4.25.0');
    add('home', '.pulumi', 'plugins', 'resource-kubernetes-v4.25.0');
    add('home', '.pulumi', 'plugins', 'resource-random-v4.21.2');
    assert.equal(linkPlugins(path.join(folder, 'pulumi-home'), env), true);
    assert.equal(
      linked('resource-kubernetes-v4.25.0'),
      path.join(folder, 'tools', 'plugins', 'resource-kubernetes-v4.25.0'),
    );
    assert.equal(
      linked('resource-random-v4.21.2'),
      path.join(folder, 'home', '.pulumi', 'plugins', 'resource-random-v4.21.2'),
    );
  });

  it('are left to PATH when the Kubernetes provider is in no folder', () => {
    add('home', '.pulumi', 'plugins', 'resource-random-v4.21.2');
    assert.equal(linkPlugins(path.join(folder, 'pulumi-home'), env), false);
  });
});
