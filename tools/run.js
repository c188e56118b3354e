// node tools/run.js MODULE [arguments]: makes everything ready, then runs the module with it.

const path = require('node:path');
const { FORWARDED, runChild } = require('./runChild.js');
const { setUp } = require('./setup.js');
const { SetUpError } = require('./setUpError.js');

/** @param {string[]} args @returns {Promise<number>} the exit code */
async function main(args) {
  const [module, ...rest] = args;
  if (module === undefined) throw new SetUpError('usage', 'Expected a module: node tools/run.js MODULE [arguments]');
  const ready = await interruptible((signal) => setUp({ stderr: process.stderr, env: process.env, signal }));
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
