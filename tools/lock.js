const { randomBytes } = require('node:crypto');
const { linkSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } = require('node:fs');
const { setTimeout: delay } = require('node:timers/promises');

// The owner touches its lock every BEAT; a lock untouched for STALE belongs to nobody, whatever its pid says (a pid
// means nothing in another container that shares the cache). A wrong takeover costs double work, never a bad
// result: whatever the lock protects is put in place by one rename.
const BEAT_MS = 5_000;
const STALE_MS = 30_000;
const POLL_MS = 200;

/**
 * Waits for the lock, runs `work`, releases the lock. The lock is a file that holds its owner's pid.
 * @template T
 * @param {string} file
 * @param {() => Promise<T>} work
 * @param {{ signal?: AbortSignal | undefined, onWait?: (pid: number) => void }} [options] `onWait` is called once, before waiting
 * @returns {Promise<T>}
 */
async function withLock(file, work, { signal, onWait } = {}) {
  const mine = `${process.pid} ${randomBytes(8).toString('hex')}\n`;
  for (let waited = false; !claim(file, mine); waited = true) {
    signal?.throwIfAborted();
    const owner = read(file);
    if (owner === undefined) continue;
    if (isStale(file, owner)) {
      takeAway(file, owner);
      continue;
    }
    if (!waited) onWait?.(pidOf(owner));
    await delay(POLL_MS, undefined, signal === undefined ? {} : { signal });
  }
  const beat = setInterval(() => touch(file), BEAT_MS);
  beat.unref();
  try {
    return await work();
  } finally {
    clearInterval(beat);
    if (read(file) === mine) rmSync(file, { force: true });
  }
}

/** Creates the file complete or not at all: a reader never sees it without its pid. @param {string} file @param {string} mine */
function claim(file, mine) {
  const draft = `${file}.${mine.trim().replace(' ', '-')}`;
  writeFileSync(draft, mine);
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** @param {string} file @param {string} owner */
function isStale(file, owner) {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && (!isAlive(pidOf(owner)) || Date.now() - found.mtimeMs > STALE_MS);
}

/** Removes exactly the owner's lock; one that somebody else set meanwhile is put back. @param {string} file @param {string} owner */
function takeAway(file, owner) {
  const aside = `${file}.aside-${process.pid}-${randomBytes(4).toString('hex')}`;
  try {
    renameSync(file, aside);
    if (read(aside) !== owner) linkSync(aside, file);
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

/** @param {string} owner */
const pidOf = (owner) => Number.parseInt(owner, 10);

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** @param {string} file */
function touch(file) {
  try {
    utimesSync(file, new Date(), new Date());
  } catch {
    // Taken over: there is nothing left to touch.
  }
}

module.exports = { withLock };
