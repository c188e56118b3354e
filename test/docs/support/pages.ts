import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { checkoutRoot } from '../../../sandbox/checkout';

export const ROOT = checkoutRoot();

/** A page of the documentation: its path from the root, and its text. */
export interface Page {
  readonly name: string;
  readonly text: string;
}

/** README, CHANGELOG and everything under docs/. */
export function allPages(): readonly Page[] {
  const docs = readdirSync(path.join(ROOT, 'docs')).filter((file) => file.endsWith('.md'));
  return ['README.md', 'CHANGELOG.md', ...docs.map((file) => `docs/${file}`)].map(page);
}

export const page = (name: string): Page => ({ name, text: readFileSync(path.join(ROOT, name), 'utf8') });

/** The rows of the first table whose header begins with these cells; a row is its cells, without the bars. */
export function tableRows({ name, text }: Page, ...header: string[]): readonly (readonly string[])[] {
  const lines = text.split('\n').map((line) => line.trim());
  const start = lines.findIndex(
    (line) => line.startsWith('|') && header.every((cell, index) => cellsOf(line)[index] === cell),
  );
  if (start === -1) throw new Error(`expected a table with the columns ${header.join(', ')} in ${name}, found none`);
  const rest = lines.slice(start + 2);
  const end = rest.findIndex((line) => !line.startsWith('|'));
  return rest.slice(0, end === -1 ? undefined : end).map(cellsOf);
}

const cellsOf = (line: string): string[] =>
  line
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => cell.trim());

/** Everything written as code: blocks and spans. */
export function codeIn({ text }: Page): readonly string[] {
  const blocks = [...text.matchAll(/^ *```[a-z]*\n([\s\S]*?)^ *```/gm)].map((match) => match[1]!);
  const spans = [...text.replace(/^ *```[\s\S]*?^ *```/gm, '').matchAll(/`([^`\n]+)`/g)].map((match) => match[1]!);
  return [...blocks, ...spans];
}
