import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { checkoutRoot } from '../../sandbox/checkout';

export const ROOT = checkoutRoot();

/** An instruction of a Dockerfile, with the lines that continue it. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** @returns the stages in order: each from its FROM to the next. */
export function stagesOf(dockerfile: string): readonly (readonly Instruction[])[] {
  const lines = dockerfile
    .replace(/\\\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name, text] = /^([A-Z]+) (.+)$/.exec(line) ?? [];
    if (name === undefined || text === undefined) throw new Error(`no instruction: ${line}`);
    if (name === 'FROM') stages.push([]);
    stages.at(-1)!.push({ name, text });
  }
  return stages;
}

export interface Copy {
  /** A stage or an image; undefined for the checkout. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
}

export function copiesIn(stage: readonly Instruction[]): readonly Copy[] {
  return stage
    .filter(({ name }) => name === 'COPY')
    .map(({ text }) => {
      const words = text.split(/\s+/);
      const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
      return { from, sources: words.filter((word) => !word.startsWith('--')).slice(0, -1) };
    });
}

export const stages = stagesOf(readFileSync(path.join(ROOT, 'Dockerfile'), 'utf8'));

/** The folders of sources that the image is compiled from. */
export const COMPILED = copiesIn(stages[0]!)
  .filter(({ from }) => from === undefined)
  .flatMap(({ sources }) => sources)
  .filter((source) => !source.includes('.'));

export interface Locked {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly bundleDependencies?: readonly string[];
  readonly hasInstallScript?: boolean;
}

/** The packages that a lockfile installs, by their folder; without the project itself. */
export function lockedIn(folder: string): ReadonlyMap<string, Locked> {
  const file = path.join(ROOT, folder, 'package-lock.json');
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Locked> };
  return new Map(Object.entries(packages).filter(([name]) => name !== ''));
}

/**
 * Lays out what the image holds beside Node, without building it: the compiled folders of the Dockerfile, the packages of its
 * lockfile, and kubectl.
 * @param root an empty folder
 * @returns the folder that stands for /app, and the one that is all of PATH
 */
export function layOut(root: string, kubectl: string): { readonly app: string; readonly bin: string } {
  const [app, bin] = [path.join(root, 'app'), path.join(root, 'bin')];
  for (const folder of COMPILED)
    cpSync(path.join(ROOT, 'dist', folder), path.join(app, 'dist', folder), { recursive: true });
  for (const name of lockedIn('image').keys()) cpSync(path.join(ROOT, name), path.join(app, name), { recursive: true });
  mkdirSync(bin);
  symlinkSync(kubectl, path.join(bin, 'kubectl'));
  return { app, bin };
}
