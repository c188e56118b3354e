/** @param {number} ms @returns {string} `3s`, `1m05s` */
function elapsed(ms) {
  const s = Math.floor(ms / 1000);
  return s < 60 ? `${s}s` : `${Math.floor(s / 60)}m${String(s % 60).padStart(2, '0')}s`;
}

/** @param {number} i @param {number} n @param {string} what @param {number} ms */
const stepLine = (i, n, what, ms) => `step ${i} of ${n}  ${what}  ${elapsed(ms)}`;

/**
 * Shows steps: on a terminal one line that is updated, elsewhere one line per finished step.
 * @param {{ write(text: string): unknown, isTTY?: boolean | undefined, columns?: number | undefined }} stream
 * @param {number} n
 * @param {() => number} [now] milliseconds
 */
function createProgress(stream, n, now = Date.now) {
  const live = stream.isTTY === true;
  const clear = live ? '\r\u001b[K' : '';
  let i = 0;
  return {
    /** A line of its own. @param {string} line */
    note(line) {
      stream.write(`${clear}${line}\n`);
    },
    /**
     * @template T
     * @param {string} what
     * @param {(during: (doing: string) => void) => Promise<T>} work `during` adds to the live line what is going on
     * @returns {Promise<T>}
     */
    async step(what, work) {
      const start = now();
      const number = ++i;
      let doing = '';
      // A line that wraps could not be cleared.
      const show = () =>
        stream.write(clear + stepLine(number, n, what + doing, now() - start).slice(0, (stream.columns || 80) - 1));
      const timer = live ? setInterval(show, 1000) : undefined;
      if (live) show();
      try {
        const result = await work((text) => {
          doing = `, ${text}`;
          if (live) show();
        });
        stream.write(`${clear}${stepLine(number, n, what, now() - start)}\n`);
        return result;
      } catch (error) {
        stream.write(`${clear}${stepLine(number, n, `${what}  not finished`, now() - start)}\n`);
        throw error;
      } finally {
        clearInterval(timer);
      }
    },
  };
}

module.exports = { createProgress, elapsed, stepLine };
