const { accessSync, constants, mkdirSync, statSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { SetUpError } = require('./setUpError.js');

/**
 * The folder that all clones of one user share.
 * @param {NodeJS.ProcessEnv} env
 */
function cacheRoot(env) {
  // The specification of XDG tells to ignore a relative path.
  const xdg = env['XDG_CACHE_HOME'];
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(env['HOME'] || os.homedir(), '.cache');
  return path.join(base, 'denis-canary');
}

/**
 * Makes sure that the folders exist and can be written.
 * @param {string} root
 * @param {string[]} folders
 */
function makeFolders(root, folders) {
  try {
    for (const folder of folders) {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK | constants.X_OK);
    }
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    throw new SetUpError(
      'cache-not-writable',
      `The cache folder ${root} cannot be written (${code}). Make it writable, or name another one by XDG_CACHE_HOME.`,
    );
  }
}

/** @param {string} file */
function isProgram(file) {
  try {
    const found = statSync(file);
    return found.isFile() && found.size > 0 && (found.mode & 0o111) !== 0;
  } catch {
    return false; // not there, or in a folder that cannot be entered
  }
}

module.exports = { cacheRoot, isProgram, makeFolders };
