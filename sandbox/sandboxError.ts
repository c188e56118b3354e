export type SandboxErrorCode =
  | 'SANDBOX_BAD_OPTION'
  | 'SANDBOX_FOLDER_IN_USE'
  | 'SANDBOX_TOOL_MISSING'
  | 'SANDBOX_NO_ADDRESSES'
  | 'SANDBOX_PROCESS_FAILED'
  | 'SANDBOX_COMMAND_FAILED'
  | 'SANDBOX_TIMEOUT'
  | 'SANDBOX_NOT_FOUND'
  | 'SANDBOX_STOPPED';

/** An error for the person at the terminal: printed bare with its code. Any other error is a bug and keeps its stack. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';

  constructor(
    readonly code: SandboxErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
