const { realpathSync } = require('node:fs');
const path = require('node:path');
const { isProgram } = require('./cacheFolder.js');
const { findPlugin } = require('./officialPlugin.js');
const { findOnPath } = require('./pathTool.js');

/** @typedef {import('./catalog.js').Tool} Tool */
/** @typedef {{ name: string, path: string, version: string, from: 'PATH' | 'Pulumi' | 'built' }} Found */

/**
 * Looks for every tool: an official one first, then what was built earlier. Makes nothing.
 * @param {Tool[]} catalog
 * @param {{ bin: string, personalPlugins: string, fetchedPlugins: string, except: string, env: NodeJS.ProcessEnv,
 *   remembered: import('./rememberedVersions.js').RememberedVersions }} places
 * @returns {Promise<{ found: Map<string, Found>, missing: Tool[], notes: string[] }>} `notes`: why programs on PATH are used or not
 */
async function findTools(catalog, { bin, personalPlugins, fetchedPlugins, except, env, remembered }) {
  /** @type {Map<string, Found>} */
  const found = new Map();
  const missing = [];
  const notes = [];
  for (const tool of catalog) {
    const { refused, official } = await findOfficial(tool);
    notes.push(...refused);
    const built = path.join(bin, tool.name);
    if (official !== undefined) {
      found.set(tool.name, official);
      notes.push(`${tool.name} ${official.version}: using ${official.path}`);
    } else if (isProgram(built)) {
      found.set(tool.name, { name: tool.name, path: built, version: tool.source.version, from: 'built' });
    } else {
      missing.push(tool);
    }
  }
  return { found, missing, notes };

  /** @param {Tool} tool @returns {Promise<{ refused: string[], official: Found | undefined }>} */
  async function findOfficial(tool) {
    const { name, accepted, besides, plugin } = tool;
    if (accepted !== undefined) {
      const { usable, refused } = await findOnPath({ ...tool, accepted }, { env, except, remembered });
      return { refused, official: usable && { name, ...usable, from: 'PATH' } };
    }
    const neighbour = besides === undefined ? undefined : found.get(besides);
    if (neighbour?.from === 'PATH') {
      const file = path.join(path.dirname(realpathSync(neighbour.path)), name);
      if (isProgram(file))
        return { refused: [], official: { name, path: file, version: neighbour.version, from: 'PATH' } };
    }
    if (plugin !== undefined) {
      // A sandbox's own PULUMI_HOME links to what was built.
      const personal = findPlugin(plugin, personalPlugins);
      const isOurs = personal !== undefined && realpathSync(personal).startsWith(except + path.sep);
      const file = (isOurs ? undefined : personal) ?? findPlugin(plugin, fetchedPlugins);
      if (file !== undefined)
        return { refused: [], official: { name, path: file, version: plugin.version, from: 'Pulumi' } };
    }
    return { refused: [], official: undefined };
  }
}

module.exports = { findTools };
