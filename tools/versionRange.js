/** Orders two versions of the form 1.2.3. @param {string} a @param {string} b @returns {number} below, at or above 0 */
function compareVersions(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** @param {string} version @param {{ atLeast: string, below: string }} range */
const isWithin = (version, { atLeast, below }) =>
  compareVersions(version, atLeast) >= 0 && compareVersions(version, below) < 0;

module.exports = { compareVersions, isWithin };
