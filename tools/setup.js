const { createHash } = require('node:crypto');
const path = require('node:path');
const { build, isBuilt } = require('./build.js');
const { catalog: allTools } = require('./catalog.js');
const { makeFolders } = require('./cacheFolder.js');
const { withLock } = require('./lock.js');
const { install, isInstalled, stamp } = require('./npmPackages.js');
const { checkNode } = require('./nodeVersion.js');
const { planTools } = require('./planTools.js');
const { createProgress } = require('./progress.js');

/** @typedef {import('./findTools.js').Found} Found */
/**
 * @typedef {{
 *   bin: string,
 *   plugins: string,
 *   paths: Record<string, string>,
 *   tools: Found[],
 *   env: { PATH: string, DENIS_CANARY_PLUGINS: string },
 * }} SetUp `bin` holds every tool by its name; `plugins` has the form of Pulumi's plugin folder (link PULUMI_HOME/plugins to it and
 *   set PULUMI_IGNORE_AMBIENT_PLUGINS, so that Pulumi takes them without warnings); `env` is to be merged into a child's environment
 */

/**
 * Makes the checkout ready to run: npm packages, the tools, the compiled sources. Does only what is not done yet; when
 * all is done it says nothing, starts no process and needs no network.
 * @param {{ stderr: { write(text: string): unknown, isTTY?: boolean | undefined }, env: NodeJS.ProcessEnv, signal?: AbortSignal | undefined, root?: string,
 *   catalog?: import('./catalog.js').Tool[], goFolder?: string }} options
 * @returns {Promise<SetUp>}
 * @throws {import('./setUpError.js').SetUpError} with what to do
 */
async function setUp({
  stderr,
  env,
  signal,
  root = path.dirname(__dirname),
  catalog = allTools,
  goFolder = path.join(__dirname, 'go'),
}) {
  checkNode(process.versions.node);
  const plan = await planTools({ catalog, goFolder, env });
  const packages = isInstalled(root) ? 0 : 1;
  const compilation = isBuilt(root) ? 0 : 1;
  const steps = packages + plan.missing.length + compilation;
  const progress = createProgress(stderr, steps);
  if (steps > 0 || plan.notes.length > 0) {
    for (const note of plan.notes) progress.note(note);
    await plan.prepare();
  }
  // One checkout is changed by one set-up at a time; the tools have their own locks.
  const checkout = path.join(
    plan.folders.locks,
    `checkout-${createHash('sha256').update(root).digest('hex').slice(0, 12)}`,
  );
  /** @param {string} what @param {() => boolean} done @param {(log: string) => Promise<void>} work */
  const inCheckout = (what, done, work) =>
    progress.step(what, (doing) => {
      const onWait = (/** @type {number} */ pid) => doing(`waiting for process ${pid}`);
      const log = path.join(plan.folders.logs, `${path.basename(checkout)}.log`);
      return withLock(checkout, async () => (done() ? undefined : work(log)), { signal, onWait });
    });

  if (packages > 0)
    await inCheckout(
      'npm packages',
      () => isInstalled(root),
      (log) => install(root, { env, log, signal }),
    );
  stamp(root);
  for (const tool of plan.missing) {
    // An official Pulumi is asked for the official plugin first.
    const note = tool.note === undefined || plan.found.get('pulumi')?.from === 'PATH' ? '' : ` (${tool.note})`;
    const what = `${tool.name} ${tool.source.version}${note}`;
    await progress.step(what, (doing) => plan.make(tool, doing, signal));
  }
  makeFolders(plan.folders.root, [plan.folders.links]);
  const { bin, plugins } = plan.link();

  if (compilation > 0)
    await inCheckout(
      'TypeScript',
      () => isBuilt(root),
      () => build(root, { out: stderr, signal }),
    );

  return {
    bin,
    plugins,
    paths: Object.fromEntries(catalog.map(({ name }) => [name, path.join(bin, name)])),
    tools: catalog.map(({ name }) => /** @type {Found} */ (plan.found.get(name))),
    env: { PATH: `${bin}${path.delimiter}${env['PATH'] ?? ''}`, DENIS_CANARY_PLUGINS: plugins },
  };
}

module.exports = { setUp };
