const { existsSync } = require('node:fs');
const { statfs } = require('node:fs/promises');
const path = require('node:path');
const { SetUpError } = require('./setUpError.js');

/** @typedef {import('./catalog.js').Tool} Tool */

// The largest binary is 300 MiB, and the linker writes it twice.
const WARM_MIB = 400;

/**
 * MiB that making these tools takes: little where Go's caches hold the pinned module already.
 * @param {Tool[]} tools
 * @param {string} moduleCache Go's
 */
function neededMiB(tools, moduleCache) {
  const cold = tools.map(({ source }) =>
    source.kind === 'go' && !isDownloaded(source.main, moduleCache) ? source.coldMiB : 0,
  );
  return cold.reduce((sum, mib) => sum + mib, WARM_MIB);
}

/** @param {string} pinned module@version @param {string} moduleCache */
function isDownloaded(pinned, moduleCache) {
  const [module = '', version = ''] = pinned.split('@');
  return existsSync(path.join(moduleCache, 'cache', 'download', module, '@v', `${version}.zip`));
}

/**
 * Refuses to start what cannot end for lack of room.
 * @param {string} folder existing
 * @param {number} needed MiB
 * @param {(folder: string) => Promise<{ bavail: number, bsize: number }>} [ask]
 */
async function checkDiskSpace(folder, needed, ask = statfs) {
  const { bavail, bsize } = await ask(folder);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free < needed) {
    throw new SetUpError(
      'disk-full',
      `Not enough room on the disk of ${folder}: the set-up needs ${needed} MiB, ${free} MiB are free. Free some, or name a folder on another disk by XDG_CACHE_HOME.`,
    );
  }
}

module.exports = { checkDiskSpace, neededMiB };
