// Compiles the TypeScript sources to dist/, only when they changed. As a command: `node tools/build.js`.

const { spawn } = require('node:child_process');
const { existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { SetUpError } = require('./setUpError.js');
const { sourceFiles, sourcesHash } = require('./sourcesHash.js');

/** @param {string} root */
function isBuilt(root) {
  try {
    return JSON.parse(readFileSync(path.join(root, 'dist', 'build.json'), 'utf8')).sources === sourcesHash(root);
  } catch {
    return false;
  }
}

/**
 * Compiles, then records the hash of the sources in dist/build.json; that file is absent while dist/ is not theirs.
 * @param {string} root
 * @param {{ out: { write(text: string): unknown }, signal?: AbortSignal | undefined }} options `out` gets what tsc prints
 */
async function build(root, { out, signal }) {
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (!existsSync(tsc))
    throw new SetUpError('no-typescript', `TypeScript is not installed in ${root}. Run: npm ci --ignore-scripts`);
  const dist = path.join(root, 'dist');
  const record = path.join(dist, 'build.json');
  const sources = sourcesHash(root);
  rmSync(record, { force: true });
  const expected = new Set(
    sourceFiles(root)
      .filter((file) => !file.endsWith('.d.ts'))
      .map((file) => file.replace(/\.ts$/, '.js')),
  );
  removeStale(dist, expected);
  // tsc's own record does not notice that an output was deleted.
  if ([...expected].some((file) => !existsSync(path.join(dist, file))))
    rmSync(path.join(dist, '.tsbuildinfo'), { force: true });
  const code = await compile(tsc, root, out, signal);
  if (code !== 0)
    throw new SetUpError('type-errors', 'The TypeScript sources have errors (above). Correct them and start again.');
  writeFileSync(record, `${JSON.stringify({ sources })}\n`);
}

/** @param {string} tsc @param {string} root @param {{ write(text: string): unknown }} out @param {AbortSignal | undefined} signal @returns {Promise<number | null>} */
function compile(tsc, root, out, signal) {
  return new Promise((resolve, reject) => {
    const options = { cwd: root, ...(signal === undefined ? {} : { signal }) };
    const child = spawn(process.execPath, [tsc, '-p', root], options);
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => out.write(text));
    child.once('error', reject);
    child.once('close', resolve);
  });
}

/** Deletes outputs whose source is gone: mocha would still run them. @param {string} dist @param {Set<string>} expected */
function removeStale(dist, expected) {
  /** @param {string} relative */
  const walk = (relative) => {
    const found = statSync(path.join(dist, relative), { throwIfNoEntry: false });
    if (found?.isDirectory())
      for (const entry of readdirSync(path.join(dist, relative))) walk(path.posix.join(relative, entry));
    else if (/\.js(\.map)?$/.test(relative) && !expected.has(relative.replace(/\.map$/, '')))
      rmSync(path.join(dist, relative));
  };
  walk('');
}

module.exports = { build, isBuilt };

if (require.main === module) {
  const root = path.dirname(__dirname);
  if (!isBuilt(root)) {
    build(root, { out: process.stdout }).catch((error) => {
      console.error(error instanceof SetUpError ? error.message : error);
      process.exitCode = 1;
    });
  }
}
