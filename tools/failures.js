const MOST_SAID = 200;

/**
 * What a group's output says of its failed tests, a line each: a long run is cut off at its beginning, where the details are.
 * @param {string} output of mocha's reporter "spec"
 * @returns {string[]} `title of the suite, of the test: first line of the error`
 */
function failures(output) {
  const [, told] = output.split(/^ {2}\d+ failing$/m);
  if (told === undefined) return [];
  return told
    .split(/^ {2}\d+\) /m)
    .slice(1)
    .map((block) => {
      const lines = block.split('\n').map((line) => line.trim());
      const last = lines.findIndex((line) => line.endsWith(':'));
      const title = lines.slice(0, last + 1).join(', ');
      return `${title} ${lines.slice(last + 1).find((line) => line !== '') ?? ''}`.slice(0, MOST_SAID);
    });
}

module.exports = { failures };
