// node tools/run.js MODULE [arguments]: makes everything ready, then runs the module with it.

const { spawn } = require('node:child_process');
const os = require('node:os');
const path = require('node:path');
const { setUp } = require('./setup.js');
const { SetUpError } = require('./setUpError.js');

/** @type {NodeJS.Signals[]} */
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** @param {string[]} args @returns {Promise<number>} the exit code */
async function main(args) {
  const [module, ...rest] = args;
  if (module === undefined) throw new SetUpError('usage', 'Expected a module: node tools/run.js MODULE [arguments]');
  const env = await interruptible((signal) => setUp({ stderr: process.stderr, env: process.env, signal }));
  if (env === undefined) return 130;
  return passOn(
    spawn(process.execPath, [path.resolve(module), ...rest], { stdio: 'inherit', env: { ...process.env, ...env.env } }),
  );
}

/**
 * Runs the work with a signal that SIGINT and SIGTERM raise; undefined when they did.
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} work
 * @returns {Promise<T | undefined>}
 */
async function interruptible(work) {
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  for (const name of forwarded) process.on(name, interrupt);
  try {
    return await work(interruption.signal);
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
    process.stderr.write('\nInterrupted; what is finished is kept.\n');
    return undefined;
  } finally {
    for (const name of forwarded) process.off(name, interrupt);
  }
}

/** Forwards signals until the child ends. @param {import('node:child_process').ChildProcess} child @returns {Promise<number>} */
function passOn(child) {
  for (const name of forwarded) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal])));
  });
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
