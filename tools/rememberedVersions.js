const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs');
const path = require('node:path');

/** @typedef {Record<string, { identity: string, version: string | null }>} Entries */
/** @typedef {{ get(file: string, ask: () => Promise<string | null>): Promise<string | null>, asked: number }} RememberedVersions */

/** What tells one content of a file from another without reading it. @param {string} file */
function identityOf(file) {
  const { mtimeMs, size } = statSync(file);
  return `${size} ${mtimeMs}`;
}

/**
 * The versions of programs on PATH, so that each is asked once and not at every start. Two writers at once may lose an
 * entry, which is then asked again.
 * @param {string} file where they are kept
 * @returns {RememberedVersions}
 */
function rememberedVersions(file) {
  const entries = load(file);
  return {
    /** How many programs had to be asked. */
    asked: 0,
    async get(program, ask) {
      const identity = identityOf(program);
      const known = entries[program];
      if (known?.identity === identity) return known.version;
      const version = await ask();
      this.asked++;
      entries[program] = { identity, version };
      save(file, entries);
      return version;
    },
  };
}

/** @param {string} file @returns {Entries} */
function load(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/** @param {string} file @param {Entries} entries */
function save(file, entries) {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(draft, `${JSON.stringify(entries, undefined, 2)}\n`);
    renameSync(draft, file);
  } catch {
    // Asked again next time; a cache folder that cannot be written is reported where it is needed.
  }
}

module.exports = { rememberedVersions };
