const { createHash } = require('node:crypto');
const { readFileSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { lastLines, run } = require('./child.js');
const { SetUpError } = require('./setUpError.js');

const STAMP = path.join('node_modules', '.denis-canary-stamp');

/** @param {string} file @returns {string | undefined} */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** @param {string} root */
const lockHash = (root) =>
  createHash('sha256')
    .update(readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');

/**
 * Whether node_modules is what package-lock.json says: by our stamp, or else by npm's own record of what it installed.
 * @param {string} root
 */
function isInstalled(root) {
  const stamp = read(path.join(root, STAMP));
  if (stamp !== undefined) return stamp === lockHash(root);
  const record = read(path.join(root, 'node_modules', '.package-lock.json'));
  if (record === undefined) return false;
  /** @typedef {Record<string, { version?: string, integrity?: string, optional?: boolean }>} Packages */
  /** @type {Packages} */
  const installed = JSON.parse(record).packages;
  /** @type {Packages} */
  const { '': _, ...wanted } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')).packages;
  const asWanted = Object.entries(wanted).every(([name, { version, optional }]) => {
    const found = installed[name];
    return found === undefined ? optional === true : found.version === version;
  });
  return asWanted && Object.keys(installed).every((name) => name in wanted);
}

/** Spares the comparison at the next start. @param {string} root */
function stamp(root) {
  if (read(path.join(root, STAMP)) !== undefined) return;
  try {
    writeFileSync(path.join(root, STAMP), lockHash(root));
  } catch {
    // Somebody else's checkout: it works without.
  }
}

/**
 * @param {string} root
 * @param {{ env: NodeJS.ProcessEnv, log: string, signal?: AbortSignal | undefined }} options
 */
async function install(root, { env, log, signal }) {
  rmSync(path.join(root, STAMP), { force: true });
  const args = ['ci', '--ignore-scripts', '--no-fund', '--no-audit'];
  // Under `npm run` the same npm is used again.
  const npm = env['npm_execpath'];
  const [program, all] = npm?.endsWith('.js') ? [process.execPath, [npm, ...args]] : ['npm', args];
  const { code, missing, output } = await run(program, all, { cwd: root, env, log, signal });
  if (missing)
    throw new SetUpError(
      'npm-missing',
      'npm was not found on PATH. It comes with Node: install Node 20.19 or newer with npm.',
    );
  if (code !== 0) {
    throw new SetUpError(
      'npm-failed',
      `npm ci failed in ${root}. The log is ${log}; it ends with\n${lastLines(output)}\nIt needs the npm registry once; start again when that is put right.`,
    );
  }
  writeFileSync(path.join(root, STAMP), lockHash(root));
}

module.exports = { install, isInstalled, stamp };
