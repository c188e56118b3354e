const { execFile } = require('node:child_process');
const { existsSync, realpathSync } = require('node:fs');
const path = require('node:path');
const { isProgram } = require('./cacheFolder.js');
const { isWithin } = require('./versionRange.js');

/** @typedef {import('./catalog.js').Tool} Tool */
/** @typedef {import('./catalog.js').Accepted} Accepted */
/** @typedef {{ path: string, version: string }} Usable */
/** @typedef {{ usable: Usable | undefined, refused: string[] }} Search `refused`: a sentence for each program that cannot be used */

const ANSWER_MS = 10_000;

/**
 * The first program of that name on PATH whose version is accepted. Programs inside `except` are not looked at: they are
 * our own, on the PATH of a process that an earlier set-up started.
 * @param {Tool & { accepted: Accepted }} tool
 * @param {{ env: NodeJS.ProcessEnv, except: string, remembered: import('./rememberedVersions.js').RememberedVersions }} context
 * @returns {Promise<Search>}
 */
async function findOnPath(tool, { env, except, remembered }) {
  const refused = [];
  const seen = new Set();
  for (const folder of (env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, tool.name);
    if (!path.isAbsolute(folder) || !isProgram(file)) continue;
    const real = realpathSync(file);
    if (real.startsWith(except + path.sep) || seen.has(real)) continue;
    seen.add(real);
    const version = await remembered.get(real, () => askVersion(file, tool.accepted, env));
    const reason = refusal(tool.accepted, version, path.dirname(real));
    if (reason === undefined) return { usable: { path: file, version: String(version) }, refused };
    refused.push(`${tool.name}${version === null ? '' : ` ${version}`} at ${file} is not used: ${reason}`);
  }
  return { usable: undefined, refused };
}

/** @param {Accepted} accepted @param {string | null} version @param {string} folder @returns {string | undefined} */
function refusal({ atLeast, below, why, beside = [] }, version, folder) {
  if (version === null) return 'it does not tell its version';
  if (!isWithin(version, { atLeast, below }))
    return `expected at least ${atLeast} and below ${below}${why === undefined ? '' : `, because ${why}`}`;
  const lacking = beside.find((name) => !existsSync(path.join(folder, name)));
  return lacking === undefined ? undefined : `expected ${lacking} beside it in ${folder}`;
}

/**
 * The version that a program tells, or null.
 * @param {string} file
 * @param {Pick<Accepted, 'args' | 'pattern'>} accepted
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | null>}
 */
function askVersion(file, { args, pattern }, env) {
  return new Promise((resolve) => {
    // Pulumi would ask the network whether it is the newest.
    const quiet = { ...env, PULUMI_SKIP_UPDATE_CHECK: 'true' };
    execFile(file, args, { env: quiet, timeout: ANSWER_MS }, (_, stdout, stderr) => {
      resolve(pattern.exec(stdout)?.[1] ?? pattern.exec(stderr)?.[1] ?? null);
    });
  });
}

module.exports = { askVersion, findOnPath };
