const { existsSync, realpathSync } = require('node:fs');
const path = require('node:path');
const { cacheRoot, makeFolders } = require('./cacheFolder.js');
const { checkDiskSpace, neededMiB } = require('./diskSpace.js');
const { findTools } = require('./findTools.js');
const { goCompiler } = require('./goCompiler.js');
const { linkFolder } = require('./linkFolder.js');
const { foldersOf, makeTool } = require('./makeTool.js');
const { personalPlugins } = require('./officialPlugin.js');
const { rememberedVersions } = require('./rememberedVersions.js');
const { fingerprint, versionKey } = require('./versionKey.js');

/** @typedef {import('./catalog.js').Tool} Tool */
/** @typedef {import('./findTools.js').Found} Found */
/** @typedef {{ catalog: Tool[], goFolder: string, env: NodeJS.ProcessEnv, platform?: string }} Wanted */

/**
 * What is there and what has to be made.
 * @param {Wanted} wanted
 */
async function planTools({ catalog, goFolder, env, platform = `${process.platform}-${process.arch}` }) {
  const fingerprints = new Map(catalog.map((tool) => [tool.name, fingerprint(tool, goFolder, platform)]));
  const root = cacheRoot(env);
  const folders = foldersOf(root, versionKey([...fingerprints.values()]));
  const remembered = rememberedVersions(path.join(root, 'path-versions.json'));
  const { found, missing, notes } = await findTools(catalog, {
    bin: folders.bin,
    personalPlugins: personalPlugins(env),
    fetchedPlugins: folders.official,
    except: existsSync(root) ? realpathSync(root) : root,
    env,
    remembered,
  });
  return {
    folders,
    found,
    missing,
    /** Said only when something is new about them. */
    notes: missing.length > 0 || remembered.asked > 0 ? notes : [],

    /** Refuses before the first step what cannot end well. */
    async prepare() {
      const { bin, built, locks, logs, work } = folders;
      makeFolders(root, [bin, built, locks, logs, work]);
      const compiled = missing.filter((tool) => tool.source.kind === 'go');
      if (missing.length === 0) return;
      const go =
        compiled.length === 0
          ? undefined
          : await goCompiler(
              env,
              compiled.map((tool) => tool.name),
            );
      await checkDiskSpace(root, neededMiB(missing, go?.moduleCache ?? ''));
    },

    /** @param {Tool} tool @param {(text: string) => void} doing @param {AbortSignal | undefined} signal */
    async make(tool, doing, signal) {
      const pulumi = found.get('pulumi');
      const officialPulumi = pulumi?.from === 'PATH' ? pulumi.path : undefined;
      const context = {
        fingerprint: /** @type {string} */ (fingerprints.get(tool.name)),
        folders,
        goFolder,
        platform,
        env,
        officialPulumi,
        signal,
        doing,
      };
      const file = await makeTool(tool, context);
      found.set(tool.name, {
        name: tool.name,
        path: file,
        version: tool.source.version,
        from: file.startsWith(folders.bin) ? 'built' : 'Pulumi',
      });
    },

    /** The folders for PATH and for Pulumi's plugins, once nothing is missing. */
    link: () => linkFolder(folders.links, catalog, found),
  };
}

module.exports = { planTools };
