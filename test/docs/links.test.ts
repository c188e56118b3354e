import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { allPages, type Page, ROOT } from './support/pages';

/** The anchor of a heading, as code hosts make it. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

function brokenLinks({ name, text }: Page): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false;
    const [file = '', anchor] = target.split('#');
    const absolute = file === '' ? path.join(ROOT, name) : path.resolve(ROOT, path.dirname(name), file);
    if (!existsSync(absolute)) return true;
    if (anchor === undefined) return false;
    const headings = [...readFileSync(absolute, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) => anchorOf(match[1]!));
    return !headings.includes(anchor);
  });
}

describe('the links in the documentation', () => {
  for (const page of allPages()) {
    it(`in ${page.name} lead to files and headings that are there`, () => {
      assert.deepEqual(brokenLinks(page), []);
    });
  }

  it('are found broken when file or heading is missing', () => {
    const text = '[a](nowhere.md) [b](README.md#no-such-heading) [c](README.md) [d](https://example.org/)';
    assert.deepEqual(brokenLinks({ name: 'README.md', text }), ['nowhere.md', 'README.md#no-such-heading']);
  });
});
