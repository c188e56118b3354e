const { mkdirSync, renameSync } = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { isProgram } = require('./cacheFolder.js');
const { run } = require('./child.js');

/** @typedef {{ name: string, version: string }} Plugin */

const INSTALL_MS = 180_000;

/** The folder's name in Pulumi's plugin folders. @param {Plugin} plugin */
const pluginFolder = ({ name, version }) => `resource-${name}-v${version}`;

/**
 * The program of a plugin that an official Pulumi installed into a plugin folder.
 * @param {Plugin} plugin
 * @param {string} plugins
 * @returns {string | undefined}
 */
function findPlugin(plugin, plugins) {
  const file = path.join(plugins, pluginFolder(plugin), `pulumi-resource-${plugin.name}`);
  return isProgram(file) ? file : undefined;
}

/** Where Pulumi keeps plugins for this person. @param {NodeJS.ProcessEnv} env */
function personalPlugins(env) {
  return path.join(env['PULUMI_HOME'] || path.join(env['HOME'] || os.homedir(), '.pulumi'), 'plugins');
}

/**
 * Lets an official Pulumi fetch the plugin. Not being able to is no error: it can be built.
 * @param {Plugin} plugin
 * @param {{ pulumi: string, folder: string, into: string, env: NodeJS.ProcessEnv, log: string, signal?: AbortSignal | undefined }} options
 * @returns {Promise<string | undefined>} the program
 */
async function installPlugin(plugin, { pulumi, folder, into, env, log, signal }) {
  const home = path.join(folder, 'home');
  const args = ['plugin', 'install', 'resource', plugin.name, plugin.version];
  const quiet = { ...env, PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: 'true' };
  const { code } = await run(pulumi, args, { cwd: folder, env: quiet, log, signal, timeoutMs: INSTALL_MS });
  const installed = path.join(home, 'plugins');
  if (code !== 0 || findPlugin(plugin, installed) === undefined) return undefined;
  mkdirSync(into, { recursive: true });
  renameSync(path.join(installed, pluginFolder(plugin)), path.join(into, pluginFolder(plugin)));
  return findPlugin(plugin, into);
}

module.exports = { findPlugin, installPlugin, personalPlugins, pluginFolder };
