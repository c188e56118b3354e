import assert from 'node:assert/strict';
import { membersUsed, type SourceFile, sourceFiles } from '../support/sourceFiles';

/** Files that a person, npm, Pulumi or a parent process starts: they alone read the environment and end the process. */
const ENTRIES = [
  /^index\.ts$/,
  /^policy-pack\//,
  /^scripts\//,
  /^sandbox\/(main|watchdogMain|denis\/main|demo\/main)\.ts$/,
  // How tests and tools start a sandbox in their own process: its `env` option defaults to theirs.
  /^sandbox\/index\.ts$/,
  /^(test|bench)\//,
];

/** What makes a judgement depend on when and where it runs. */
const IMPURE: readonly (readonly [object: string, members: readonly string[]])[] = [
  ['process', ['env', 'exit', 'exitCode', 'cwd', 'argv', 'platform', 'hrtime', 'uptime', 'pid']],
  ['Date', ['now']],
  ['performance', ['now']],
  ['Math', ['random']],
  ['crypto', ['randomUUID', 'getRandomValues']],
];

const endsOrReads = (source: SourceFile): string[] =>
  membersUsed(source, 'process', ['env', 'exit']).map((member) => `${source.file}: process.${member}`);

describe('architecture', () => {
  const sources = sourceFiles();

  it('reads process.env and calls process.exit in entry files only', () => {
    const others = sources.filter(({ file }) => !ENTRIES.some((entry) => entry.test(file)));
    assert.ok(others.length > 50);
    assert.deepEqual(others.flatMap(endsOrReads), []);
  });

  it('would notice them in whatever form they are written', () => {
    const file = 'observe/x.ts';
    for (const text of [
      'const a = process.env;',
      "const a = process.env['HOME'];",
      "const a = process['env'];",
      'const { env } = process;',
      'const { env: all } = process;',
      "import { env } from 'node:process';",
      "import { exit as leave } from 'process';",
      'process.exit(1);',
      'globalThis.process.exit(1);',
    ]) {
      assert.equal(endsOrReads({ file, text }).length, 1, text);
    }
    assert.deepEqual(
      endsOrReads({ file, text: '// process.env\nconst env: NodeJS.ProcessEnv = {}; process.kill(1);' }),
      [],
    );
  });

  it('keeps clock, chance and environment out of phases and rollout', () => {
    const pure = sources.filter(({ file }) => /^(phases|rollout)\//.test(file));
    const found = pure.flatMap((source) => [
      ...IMPURE.flatMap(([object, members]) =>
        membersUsed(source, object, members).map((member) => `${source.file}: ${object}.${member}`),
      ),
      ...(/new Date\(\s*\)/.test(source.text) ? [`${source.file}: new Date()`] : []),
      ...(/\bawait\b|\basync\b/.test(source.text.replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^']*'/g, ''))
        ? [`${source.file}: async`]
        : []),
    ]);
    assert.ok(pure.length > 25);
    assert.deepEqual(found, []);
  });
});
