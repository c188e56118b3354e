const { SetUpError } = require('./setUpError.js');
const { compareVersions } = require('./versionRange.js');

const NODE_AT_LEAST = '20.19.0';

/** npm only warns about `engines`. @param {string} version */
function checkNode(version) {
  if (compareVersions(version, NODE_AT_LEAST) >= 0) return;
  throw new SetUpError('node-too-old', `Node ${version} is too old. Install Node ${NODE_AT_LEAST} or newer.`);
}

module.exports = { NODE_AT_LEAST, checkNode };
