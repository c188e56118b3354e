import assert from 'node:assert/strict';
import { importsOf, type SourceFile, sourceFiles } from '../support/sourceFiles';

/** Which part may import which others; each may import itself. `index.ts` is a part of its own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  phases: [],
  rollout: ['phases'],
  observe: ['rollout', 'phases'],
  act: ['observe', 'rollout', 'phases'],
  scripts: ['act', 'observe', 'rollout', 'phases'],
  'policy-pack': ['act', 'observe', 'rollout', 'phases'],
  resources: ['phases'],
  'index.ts': ['resources', 'act', 'observe', 'rollout', 'phases'],
  sandbox: [],
};
/** What looks at the whole from outside, and what nothing else may import. */
const OUTSIDE = ['test', 'bench'];

const partOf = (file: string): string => file.split('/')[0]!;

/** The edges of a file that the design does not have. */
function wrongEdges(source: SourceFile): string[] {
  const from = partOf(source.file);
  if (OUTSIDE.includes(from)) return [];
  const allowed = MAY_IMPORT[from];
  if (allowed === undefined) return [`${source.file}: ${from} is no part of the design`];
  return importsOf(source)
    .filter((imported) => imported.startsWith('/'))
    .map((imported) => (imported === '/index' ? 'index.ts' : partOf(imported.slice(1))))
    .filter((to) => to !== from && !allowed.includes(to))
    .map((to) => `${source.file}: ${from} must not import ${to}`);
}

describe('architecture', () => {
  const sources = sourceFiles();

  it('finds the parts of the design, so that the next tests look at something', () => {
    const parts = new Set(sources.map(({ file }) => partOf(file)));
    for (const part of Object.keys(MAY_IMPORT)) assert.ok(parts.has(part), part);
  });

  it('has no import edge beyond those of the design', () => {
    assert.deepEqual(sources.flatMap(wrongEdges), []);
  });

  it('would notice a wrong edge, in whatever form it is written', () => {
    const wrong: readonly [file: string, text: string][] = [
      ['phases/x.ts', "import { a } from '../rollout/decide';"],
      ['phases/x.ts', "import type { a } from '../rollout/decide';"],
      ['rollout/x.ts', "export { a } from '../observe/cluster';"],
      ['rollout/x.ts', "const a = await import('../act/move');"],
      ['observe/x.ts', "const a = require('../act/move');"],
      ['act/x.ts', "import '../scripts/adopt';"],
      ['resources/x.ts', "import { a } from '../rollout/plan';"],
      ['resources/x.ts', "import { a } from '../index';"],
      ['scripts/x.ts', "import { a } from '../resources/roles';"],
      ['sandbox/denis/x.ts', "import { a } from '../../phases/names';"],
      ['observe/x.ts', "import { a } from '../test/support/series';"],
      ['index.ts', "import { a } from './sandbox/index';"],
      ['elsewhere/x.ts', 'export const a = 1;'],
    ];
    for (const [file, text] of wrong) assert.equal(wrongEdges({ file, text }).length, 1, `${file}: ${text}`);
    const right = "import { a } from './b';\nimport { c } from '../phases/names';\nimport { z } from 'zod';";
    assert.deepEqual(wrongEdges({ file: 'rollout/x.ts', text: right }), []);
  });

  it('keeps phases and rollout free of everything but zod: no I/O, no Pulumi', () => {
    const outside = sources
      .filter(({ file }) => ['phases', 'rollout'].includes(partOf(file)))
      .flatMap((source) => importsOf(source).filter((imported) => !/^\/(phases|rollout)\//.test(imported)));
    assert.deepEqual([...new Set(outside)], ['zod']);
  });

  it('speaks to Pulumi in the program, its components and the policy pack alone', () => {
    const users = sources
      .filter((source) => importsOf(source).some((imported) => imported.startsWith('@pulumi/')))
      .map(({ file }) => partOf(file));
    const allowed = ['index.ts', 'resources', 'policy-pack', ...OUTSIDE];
    assert.deepEqual(
      [...new Set(users)].filter((part) => !allowed.includes(part)),
      [],
    );
  });
});
