const { createHash } = require('node:crypto');
const { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');
const { cacheRoot, makeFolders } = require('./cacheFolder.js');
const { lastLines, run } = require('./child.js');
const { withLock } = require('./lock.js');
const { SetUpError } = require('./setUpError.js');

const INSTALL_MS = 240_000;

/**
 * A virtual environment of Python with exactly the packages of a requirements file, all pinned by hash; made once, then taken from
 * the cache. Only wheels are installed: nothing of a package runs meanwhile.
 * @param {string} requirements path
 * @param {{ env: NodeJS.ProcessEnv, signal?: AbortSignal | undefined }} options
 * @returns {Promise<string>} its folder of programs
 * @throws {SetUpError} with a sentence: no Python, no venv, no package index
 */
async function pythonEnvironment(requirements, { env, signal }) {
  const root = cacheRoot(env);
  makeFolders(root, [root]);
  const logs = mkdtempSync(path.join(tmpdir(), 'python-environment-'));
  /** @param {string} program @param {string[]} args */
  const python = (program, args) =>
    run(program, args, { cwd: logs, env, log: path.join(logs, 'log'), signal, timeoutMs: INSTALL_MS });
  try {
    const { missing, code, output } = await python('python3', ['-c', 'import sys; print(sys.executable, sys.version)']);
    if (missing || code !== 0)
      throw new SetUpError(
        'python-missing',
        'python3 was not found on PATH, or does not run. Install Python 3.10 or later.',
      );
    const key = createHash('sha256').update(readFileSync(requirements)).update(output).digest('hex').slice(0, 12);
    const folder = path.join(root, `python-${key}`);
    const complete = path.join(folder, 'complete');
    await withLock(
      `${folder}.lock`,
      async () => {
        if (existsSync(complete)) return;
        rmSync(folder, { recursive: true, force: true });
        const made = await python('python3', ['-m', 'venv', folder]);
        if (made.code !== 0)
          throw new SetUpError(
            'venv-missing',
            `python3 made no venv (Debian: python3-venv):\n${lastLines(made.output)}`,
          );
        const pinned = ['--require-hashes', '--only-binary=:all:', '--no-deps', '--disable-pip-version-check'];
        const args = ['-m', 'pip', 'install', '--quiet', ...pinned, '-r', path.resolve(requirements)];
        const installed = await python(path.join(folder, 'bin', 'python'), args);
        if (installed.code !== 0)
          throw new SetUpError('pip-failed', `pip could not install ${requirements}:\n${lastLines(installed.output)}`);
        writeFileSync(complete, '');
      },
      { signal },
    );
    return path.join(folder, 'bin');
  } finally {
    rmSync(logs, { recursive: true, force: true });
  }
}

module.exports = { pythonEnvironment };
