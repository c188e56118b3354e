import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { changedStacks, STACK_NAMES } from '../../rollout/changedStacks';
import { checkoutRoot } from '../../sandbox/checkout';
import { STACKS } from '../../sandbox/pulumiStacks';

const ALL = [...STACK_NAMES];

const CASES: readonly (readonly [what: string, files: readonly string[], stacks: readonly string[]])[] = [
  ['nothing', [], []],
  ['the settings of one phase', ['Pulumi.canary-10.yaml'], ['canary-10']],
  ['the settings of base', ['Pulumi.base.yaml'], ['base']],
  [
    'several settings, in the order of the ladder',
    ['Pulumi.canary-50.yaml', 'Pulumi.canary-1.yaml'],
    ['canary-1', 'canary-50'],
  ],
  ['settings and documentation', ['README.md', 'docs/run.md', 'Pulumi.canary-100.yaml'], ['canary-100']],
  ['documentation, tests and the sandbox', ['CHANGELOG.md', 'docs/a/b.md', 'test/x.ts', 'sandbox/main.ts'], []],
  ['the configuration of the linters', ['biome.json', 'eslint.config.js', '.mocharc.json', '.gitignore'], []],
  ['the project', ['Pulumi.yaml'], ALL],
  ['the program', ['index.ts'], ALL],
  ['a limit of one phase', ['phases/canary-1.ts'], ALL],
  ['a decision', ['rollout/decide.ts', 'docs/decisions.md'], ALL],
  ['the policy pack', ['policy-pack/index.ts'], ALL],
  ['the lockfile', ['package-lock.json'], ALL],
  ['how sources are compiled', ['tsconfig.json'], ALL],
  ['a tool', ['tools/build.js'], ALL],
  ['a workflow', ['.github/workflows/preview.yml'], ALL],
  ['a folder that nobody has heard of', ['metrics/new.ts'], ALL],
  ['the settings of a stack that does not exist', ['Pulumi.canary-25.yaml'], ALL],
  ['a settings file elsewhere', ['old/Pulumi.canary-1.yaml'], ALL],
  ['a page that is code to somebody', ['phases/README.md'], ALL],
  ['a name with a line break', ['docs/a\nindex.ts'], []],
];

describe('changedStacks', () => {
  for (const [what, files, stacks] of CASES) {
    it(`takes ${stacks.length === ALL.length ? 'every stack' : stacks.join(' and ') || 'no stack'} for ${what}`, () => {
      assert.deepEqual(changedStacks(files), stacks);
    });
  }

  it('knows every stack there is, each with its settings file', () => {
    assert.deepEqual(ALL, [...STACKS]);
    for (const stack of ALL) assert.ok(existsSync(path.join(checkoutRoot(), `Pulumi.${stack}.yaml`)), stack);
  });

  it('leaves no folder of sources out', () => {
    const folders = readdirSync(checkoutRoot(), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    const without = folders
      .map(({ name }) => name)
      .filter((name) => changedStacks([`${name}/x.ts`]).length === 0)
      .filter((name) => name !== '.ci');
    assert.deepEqual(without.sort(), ['bench', 'docs', 'sandbox', 'test']);
  });
});
