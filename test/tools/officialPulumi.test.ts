import assert from 'node:assert/strict';
import path from 'node:path';
import { collector, linesOf, temporaryFolder, tool, writeProgram } from './support';

interface Plan {
  missing: Array<{ name: string }>;
  found: Map<string, { path: string; from: string }>;
  notes: string[];
  prepare(): Promise<void>;
  make(tool: object, doing: (text: string) => void, signal?: AbortSignal): Promise<void>;
}
const { planTools } = tool<{
  planTools: (wanted: { catalog: object[]; goFolder: string; env: NodeJS.ProcessEnv }) => Promise<Plan>;
}>('planTools');
const text = (version: string) => ({ kind: 'text', version, text: '#!/bin/sh\necho v1.0.0\n' });

/** The catalog's entries for Pulumi, made of text instead of Go. */
const catalog = [
  {
    name: 'pulumi',
    source: text('3.219.0'),
    accepted: {
      args: ['version'],
      pattern: /v(\d+\.\d+\.\d+)/,
      atLeast: '3.208.0',
      below: '4.0.0',
      beside: ['pulumi-language-nodejs'],
    },
  },
  { name: 'pulumi-language-nodejs', source: text('3.68.0'), besides: 'pulumi' },
  { name: 'pulumi-resource-kubernetes', source: text('4.25.0'), plugin: { name: 'kubernetes', version: '4.25.0' } },
];

describe('tools/officialPulumi', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const at = (...parts: string[]) => path.join(folder.path, ...parts);
  const env = () => ({ PATH: `${at('official')}:/usr/bin:/bin`, HOME: at('home'), XDG_CACHE_HOME: at('cache') });
  const plan = () => planTools({ catalog, goFolder: at('go'), env: env() });
  const makeAll = async () => {
    const planned = await plan();
    await planned.prepare();
    for (const missing of planned.missing) await planned.make(missing, collector().write);
    return plan();
  };
  const official = (install: string) =>
    writeProgram(
      at('official/pulumi'),
      `[ "$1" = version ] && { echo v3.260.0; exit; }\necho "$@" >> ${at('journal')}\n${install}`,
    );

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('comes with its own language host, and fetches its plugins once', async () => {
    writeProgram(at('official/pulumi-language-nodejs'), '');
    official(
      'd="$PULUMI_HOME/plugins/resource-$4-v$5"; mkdir -p "$d"; cp /bin/true "$d/pulumi-resource-$4"; touch "$d/PulumiPlugin.yaml"',
    );
    const [{ found, missing }] = await Promise.all([makeAll(), makeAll()]);
    assert.deepEqual(missing, []);
    assert.equal(found.get('pulumi')?.path, at('official/pulumi'));
    assert.equal(found.get('pulumi-language-nodejs')?.path, at('official/pulumi-language-nodejs'));
    assert.equal(found.get('pulumi-resource-kubernetes')?.from, 'Pulumi');
    assert.match(String(found.get('pulumi-resource-kubernetes')?.path), /official\/resource-kubernetes-v4\.25\.0\//);
    assert.deepEqual(linesOf(at('journal')), ['plugin install resource kubernetes 4.25.0']);
  });

  it('has its plugin built when it cannot fetch it', async () => {
    writeProgram(at('official/pulumi-language-nodejs'), '');
    official('echo no such host >&2; exit 255');
    const { found } = await makeAll();
    assert.equal(found.get('pulumi-resource-kubernetes')?.from, 'built');
  });

  it('is not used without its language host', async () => {
    official('exit 1');
    const { found, notes } = await makeAll();
    assert.deepEqual(
      [...found.values()].map(({ from }) => from),
      ['built', 'built', 'built'],
    );
    assert.deepEqual(linesOf(at('journal')), []);
    assert.deepEqual(notes, []);
  });
});
