/** Something the person can put right: printed without a stack, with a stable code. */
class SetUpError extends Error {
  /**
   * @param {string} code stable, for example `go-missing`
   * @param {string} message what was expected, what was found, what to do
   */
  constructor(code, message) {
    super(message);
    this.name = 'SetUpError';
    this.code = code;
  }
}

module.exports = { SetUpError };
