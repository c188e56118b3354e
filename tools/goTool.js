const { cpSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { run } = require('./child.js');

/** @typedef {import('./catalog.js').GoSource} GoSource */
/** @typedef {{ folder: string, goFolder: string, env: NodeJS.ProcessEnv, log: string, signal?: AbortSignal | undefined }} Workplace */

/**
 * Builds a program from its pinned Go module, in a copy of the module's folder: the checkout is only read.
 * @param {string} name
 * @param {GoSource} source
 * @param {Workplace} workplace
 * @returns {Promise<{ file: string } | { output: string }>} the program, or what Go said
 */
async function buildGo(name, source, { folder, goFolder, env, log, signal }) {
  const src = path.join(folder, 'src');
  const file = path.join(folder, name);
  cpSync(path.join(goFolder, source.module), src, { recursive: true });
  /** @param {string[]} args @param {string} [into] */
  const go = (args, into = log) =>
    run('go', args, { cwd: src, env: { ...env, GOWORK: 'off' }, log: into, append: into === log, signal });
  writeFileSync(log, '');

  if (source.embed !== undefined) {
    const download = await go(['mod', 'download', source.embed.module]);
    if (download.code !== 0) return { output: download.output };
    const listed = await go(['list', '-m', '-f', '{{.Dir}}', source.embed.module], path.join(folder, 'dir'));
    if (listed.code !== 0) return { output: listed.output };
    copyEmbedded(source.embed, listed.output.trim(), src);
  }
  const flags = ['-trimpath', '-mod=readonly', '-buildvcs=false', `-ldflags=-s -w ${source.ldflags ?? ''}`.trim()];
  if (source.tags !== undefined) flags.push('-tags', source.tags);
  const built = await go(['build', ...flags, '-o', file, source.package]);
  return built.code === 0 ? { file } : { output: built.output };
}

/**
 * Writes a module's JSON files beside main.go, their version filled in: Go embeds no file of another module.
 * @param {NonNullable<GoSource['embed']>} embed
 * @param {string} from the module's folder
 * @param {string} to
 */
function copyEmbedded(embed, from, to) {
  for (const file of embed.files) {
    const content = JSON.parse(readFileSync(path.join(from, embed.folder, file), 'utf8'));
    writeFileSync(path.join(to, file), JSON.stringify({ ...content, version: embed.version }));
  }
}

module.exports = { buildGo };
