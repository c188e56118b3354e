export interface SandboxOptions {
  /** An empty or missing folder, kept at the end. @default a fresh one, removed at the end */
  folder?: string;
  /** How many times faster the judging durations pass. @default 3600 */
  timeScale?: number;
  /** What the stacks say of who watches. @default another system, so that moves up need no watcher that runs */
  watcher?: string;
  /** @default 100 */
  chatsPerSecond?: number;
  /** @default 1 */
  seed?: number;
  /** Must have the tools on its PATH. @default process.env */
  env?: NodeJS.ProcessEnv;
  /** A Node program in place of the sandbox's own Denis. */
  denisProgram?: string;
}
