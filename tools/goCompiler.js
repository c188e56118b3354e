const { execFile } = require('node:child_process');
const { SetUpError } = require('./setUpError.js');
const { compareVersions } = require('./versionRange.js');

const GO_AT_LEAST = '1.26.0';

/** @typedef {{ version: string, buildCache: string, moduleCache: string }} GoCompiler */

/**
 * Asks Go what it is; refuses one that is missing or too old.
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} wanted the tools that cannot be built without it
 * @returns {Promise<GoCompiler>}
 */
async function goCompiler(env, wanted) {
  const answer = await ask({ ...env, GOWORK: 'off' });
  const advice = `Install Go ${GO_AT_LEAST} or newer (go.dev/dl) and put its bin folder on PATH; these tools are neither on PATH in a usable version nor built yet: ${wanted.join(', ')}.`;
  if (answer === undefined) throw new SetUpError('go-missing', `Go was not found on PATH. ${advice}`);
  const version = /^go(\d+\.\d+(?:\.\d+)?)/.exec(answer['GOVERSION'] ?? '')?.[1] ?? '0';
  if (compareVersions(version, GO_AT_LEAST) < 0)
    throw new SetUpError('go-too-old', `Go ${version} on PATH is too old. ${advice}`);
  return { version, buildCache: answer['GOCACHE'] ?? '', moduleCache: answer['GOMODCACHE'] ?? '' };
}

/** @param {NodeJS.ProcessEnv} env @returns {Promise<Record<string, string> | undefined>} */
function ask(env) {
  return new Promise((resolve, reject) => {
    // The root folder: no go.mod of a surrounding folder may choose another toolchain.
    execFile(
      'go',
      ['env', '-json', 'GOVERSION', 'GOCACHE', 'GOMODCACHE'],
      { env, cwd: '/' },
      (error, stdout, stderr) => {
        if (error === null) resolve(JSON.parse(stdout));
        else if (error.code === 'ENOENT') resolve(undefined);
        else reject(new SetUpError('go-broken', `Go on PATH does not run: ${(stderr || error.message).trim()}`));
      },
    );
  });
}

module.exports = { GO_AT_LEAST, goCompiler };
