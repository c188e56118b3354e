const { createHash } = require('node:crypto');
const { readFileSync, readdirSync, statSync } = require('node:fs');
const path = require('node:path');

const SKIPPED = new Set(['node_modules', 'dist']);

/**
 * The TypeScript files that tsconfig.json includes, as sorted paths relative to the root.
 * @param {string} root
 * @returns {string[]}
 */
function sourceFiles(root) {
  /** @type {string[]} */
  const files = [];
  /** @param {string} relative */
  const walk = (relative) => {
    const found = statSync(path.join(root, relative), { throwIfNoEntry: false });
    if (found?.isDirectory()) {
      for (const entry of readdirSync(path.join(root, relative)))
        if (!SKIPPED.has(entry)) walk(path.posix.join(relative, entry));
    } else if (found !== undefined && relative.endsWith('.ts')) files.push(relative);
  };
  for (const include of JSON.parse(readFileSync(path.join(root, 'tsconfig.json'), 'utf8')).include) walk(include);
  return files.sort();
}

/**
 * One hash of everything that decides what tsc writes: the sources, its settings, the installed packages.
 * The product compares it with dist/build.json to notice that it runs outdated code.
 * @param {string} root
 * @returns {string} sha256, hex
 */
function sourcesHash(root) {
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'package-lock.json', ...sourceFiles(root)]) {
    const content = readFileSync(path.join(root, file));
    hash.update(`${file}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

module.exports = { sourceFiles, sourcesHash };
