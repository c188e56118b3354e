const { createHash } = require('node:crypto');
const { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } = require('node:fs');
const path = require('node:path');
const { pluginFolder } = require('./officialPlugin.js');

/** @typedef {import('./catalog.js').Tool} Tool */
/** @typedef {import('./findTools.js').Found} Found */

/**
 * A folder that names exactly the chosen programs, whichever mixture of official and built ones they are:
 * `bin` for PATH, and `plugins` in the form of Pulumi's own plugin folder. Named by its content, made once.
 * @param {string} parent
 * @param {Tool[]} catalog
 * @param {Map<string, Found>} found
 */
function linkFolder(parent, catalog, found) {
  const programs = catalog.map((tool) => ({ tool, file: /** @type {Found} */ (found.get(tool.name)).path }));
  const content = JSON.stringify(programs.map(({ tool, file }) => [tool.name, tool.plugin?.version, file]));
  const folder = path.join(parent, createHash('sha256').update(content).digest('hex').slice(0, 12));
  if (!existsSync(folder)) make();
  return { bin: path.join(folder, 'bin'), plugins: path.join(folder, 'plugins') };

  function make() {
    mkdirSync(parent, { recursive: true });
    const draft = mkdtempSync(path.join(parent, '.draft-'));
    mkdirSync(path.join(draft, 'bin'));
    mkdirSync(path.join(draft, 'plugins'));
    for (const { tool, file } of programs) {
      symlinkSync(file, path.join(draft, 'bin', tool.name));
      if (tool.plugin === undefined) continue;
      const plugin = path.join(draft, 'plugins', pluginFolder(tool.plugin));
      mkdirSync(plugin);
      symlinkSync(file, path.join(plugin, tool.name));
    }
    try {
      renameSync(draft, folder);
    } catch (error) {
      rmSync(draft, { recursive: true });
      if (!existsSync(folder)) throw error; // otherwise another set-up was faster
    }
  }
}

module.exports = { linkFolder };
