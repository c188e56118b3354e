const { spawn } = require('node:child_process');
const os = require('node:os');

/** @type {NodeJS.Signals[]} */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Those that a child in the foreground does not get by itself: on a terminal Ctrl-C reaches both of us, and a second SIGINT would ask it to stop at once. */
const handedOn = () => FORWARDED.filter((name) => name !== 'SIGINT' || !process.stdin.isTTY);

/**
 * Runs a program in the foreground and hands on the signals that it does not get by itself.
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code, or 128 + the number of the signal that ended it
 */
function runChild(program, args, env) {
  const child = spawn(program, args, { stdio: 'inherit', env });
  const signals = handedOn();
  const handlers = new Map(FORWARDED.map((name) => [name, () => signals.includes(name) && child.kill(name)]));
  for (const [name, handler] of handlers) process.on(name, handler);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      for (const [name, handler] of handlers) process.off(name, handler);
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  });
}

module.exports = { FORWARDED, handedOn, runChild };
