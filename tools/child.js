const { spawn } = require('node:child_process');
const { closeSync, openSync, readFileSync } = require('node:fs');

const GRACE_MS = 3_000;

/**
 * Runs a program to its end, its output into a log file. On abort or time-out its whole process group is ended, because
 * `go` and `npm` have children of their own.
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, log: string, append?: boolean, signal?: AbortSignal | undefined, timeoutMs?: number }} options
 * @returns {Promise<{ code: number | null, missing: boolean, output: string }>} `missing`: there is no such program
 */
async function run(program, args, { cwd, env, log, append = false, signal, timeoutMs }) {
  signal?.throwIfAborted();
  const file = openSync(log, append ? 'a' : 'w');
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', file, file], detached: true });
  closeSync(file);
  const kill = () => {
    end(child.pid, 'SIGTERM');
    setTimeout(() => end(child.pid, 'SIGKILL'), GRACE_MS).unref();
  };
  signal?.addEventListener('abort', kill, { once: true });
  const timer = timeoutMs === undefined ? undefined : setTimeout(kill, timeoutMs);
  try {
    const ended = await new Promise((resolve, reject) => {
      child.once('error', (/** @type {NodeJS.ErrnoException} */ error) => {
        if (error.code === 'ENOENT') resolve({ code: null, missing: true });
        else reject(error);
      });
      child.once('close', (code) => resolve({ code, missing: false }));
    });
    signal?.throwIfAborted();
    return { ...ended, output: readFileSync(log, 'utf8') };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', kill);
  }
}

/** @param {number | undefined} group @param {NodeJS.Signals} signal */
function end(group, signal) {
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended already.
  }
}

/**
 * The last lines of a log that say something.
 * @param {string} output
 * @param {number} [count]
 */
function lastLines(output, count = 6) {
  const lines = output
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^go: (downloading|finding|extracting) /.test(line));
  return lines
    .slice(-count)
    .map((line) => `  ${line}`)
    .join('\n');
}

module.exports = { lastLines, run };
