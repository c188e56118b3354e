const { createHash } = require('node:crypto');
const { readFileSync, readdirSync } = require('node:fs');
const path = require('node:path');

/** @typedef {import('./catalog.js').Tool} Tool */

/**
 * What decides the content of a built binary, as one hash: its pinned source, the files of its Go module, the platform.
 * @param {Tool} tool
 * @param {string} goFolder the folder of the Go modules
 * @param {string} platform for example `linux-x64`
 */
function fingerprint(tool, goFolder, platform) {
  const { coldMiB: _, ...source } = /** @type {Record<string, unknown>} */ ({ ...tool.source });
  const hash = createHash('sha256').update(JSON.stringify([tool.name, platform, source]));
  if (tool.source.kind === 'go') {
    const folder = path.join(goFolder, tool.source.module);
    for (const file of readdirSync(folder).sort())
      hash.update(`\0${file}\0`).update(readFileSync(path.join(folder, file)));
  }
  return hash.digest('hex');
}

/**
 * The name of the folder that the binaries of one catalog share.
 * @param {string[]} fingerprints
 */
function versionKey(fingerprints) {
  return createHash('sha256').update(fingerprints.join('\n')).digest('hex').slice(0, 12);
}

module.exports = { fingerprint, versionKey };
