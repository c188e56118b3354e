/**
 * An error that a person caused or can mend. Its message stands alone: what was expected, what was found, where, what to do.
 * Everything else that is thrown is a bug and keeps its stack.
 */
export class UserError extends Error {
  override readonly name = 'UserError';

  /** @param code stable, for scripts and for searching the docs */
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The sentence of any thrown thing, for messages; never a stack. */
export function reasonOf(thrown: unknown): string {
  // A name with several addresses fails with one error each and no sentence of its own.
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(reasonOf).join('; ');
  return thrown instanceof Error ? thrown.message : String(thrown);
}
