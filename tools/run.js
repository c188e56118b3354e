// node tools/run.js [--only TOOL] MODULE [arguments]: makes everything ready, then runs the module with it. With --only no tool
// but this one is made.

const path = require('node:path');
const { onDemand } = require('./catalog.js');
const { FORWARDED, runChild } = require('./runChild.js');
const { setUp } = require('./setup.js');
const { SetUpError } = require('./setUpError.js');

/** @param {string[]} args @returns {Promise<number>} the exit code */
async function main(args) {
  const only = args[0] === '--only' ? args[1] : undefined;
  const [module, ...rest] = only === undefined ? args : args.slice(2);
  if (module === undefined)
    throw new SetUpError('usage', 'Expected a module: node tools/run.js [--only TOOL] MODULE [arguments]');
  const tools = only === undefined ? {} : { catalog: onDemand.filter(({ name }) => name === only) };
  const ready = await interruptible((signal) => setUp({ stderr: process.stderr, env: process.env, signal, ...tools }));
  if (ready === undefined) return 130;
  return runChild(process.execPath, [path.resolve(module), ...rest], { ...process.env, ...ready.env });
}

/**
 * Runs the work with an abort signal that SIGINT, SIGTERM and SIGHUP raise; undefined when one did.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function interruptible(work) {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const name of FORWARDED) process.on(name, interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stderr.write('\nInterrupted; what is finished is kept.\n');
    return undefined;
  } finally {
    for (const name of FORWARDED) process.off(name, interrupt);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error instanceof SetUpError ? error.message : error);
    process.exitCode = 1;
  },
);
