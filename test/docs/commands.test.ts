import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { STACKS } from '../../sandbox/pulumiStacks';
import { allPages, codeIn, page, ROOT } from './support/pages';

const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

describe('the scripts of package.json', () => {
  // The shell of npm, left in between, dies at a signal: of SIGTERM the program hears nothing, after Ctrl-C its exit code is 130.
  it('put the program in the place of the shell', () => {
    assert.deepEqual(
      Object.entries(scripts).filter(([, line]) => !line.startsWith('exec node ')),
      [],
    );
  });
});

describe('the commands in the documentation', () => {
  for (const one of allPages()) {
    it(`in ${one.name} name npm scripts that exist`, () => {
      const named = [...one.text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map((match) => match[1]!);
      assert.deepEqual(
        named.filter((name) => scripts[name] === undefined),
        [],
      );
    });

    it(`in ${one.name} name stacks that exist`, () => {
      const stacks = codeIn(one).flatMap((code) =>
        [...code.matchAll(/\bpulumi [^\n]*--stack ([^\s`]+)/g)].map((match) => match[1]!),
      );
      const known = new Set<string>([...STACKS, '$stack', 'PHASE']);
      assert.deepEqual(
        stacks.filter((stack) => !known.has(stack)),
        [],
      );
    });

    it(`in ${one.name} name no policy pack but the one that exists`, () => {
      const packs = [...one.text.matchAll(/--policy-pack ([\w/-]+)/g)].map((match) => match[1]!);
      assert.deepEqual(
        packs.filter((pack) => !existsSync(path.join(ROOT, pack, 'PulumiPolicy.yaml'))),
        [],
      );
    });
  }

  it('in README loop over every stack, and over every phase', () => {
    const loops = [...page('README.md').text.matchAll(/for stack in ([^;]+);/g)].map((match) => match[1]!.split(' '));
    assert.deepEqual(loops, [[...STACKS], STACKS.filter((stack) => stack !== 'base')]);
  });

  it('in README hold a demo and a test, and continuous integration runs the test', () => {
    const blocks = codeIn(page('README.md'));
    assert.ok(blocks.includes('npm run demo\n'));
    assert.ok(blocks.includes('npm test\n'));
    assert.match(readFileSync(path.join(ROOT, '.ci', 'run'), 'utf8'), /^npm test$/m);
  });

  it('to kill are the four of the plan, each on a line of its own', () => {
    const lines = codeIn(page('docs/kill.md')).flatMap((code) => code.split('\n').map((line) => line.trim()));
    for (const command of [
      'kubectl set env deployment denis DENIS_MATERIALIZERS_ENABLED=false -n denis',
      'redis-cli SET denis:feature:materializers:enabled 0',
      'curl -X POST http://localhost:8084/internal/kill-switch/materializers',
      'kubectl scale deployment/denis-workers --replicas=0 -n denis',
    ]) {
      assert.ok(lines.includes(command), command);
    }
  });
});
