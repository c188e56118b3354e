import { execFile } from 'node:child_process';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';

export interface KubectlResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface KubectlOptions {
  /** Sent to standard input. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** Runs kubectl against the one cluster and namespace of the settings; resolves whatever its exit code is. */
export type Kubectl = (args: readonly string[], options?: KubectlOptions) => Promise<KubectlResult>;

/** Time a single request to the API server may take, and the whole command a little more. */
const REQUEST_SECONDS = 5;
const COMMAND_MILLISECONDS = 8_000;
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * @param cluster names context and namespace; the kubeconfig is the one of the environment (`KUBECONFIG`)
 * @throws UserError `kubectl` when the command is missing, takes longer than 8 s, or is ended by a signal
 */
export function kubectlFor(cluster: Pick<ClusterSettings, 'context' | 'namespace'>, env: NodeJS.ProcessEnv): Kubectl {
  const fixed = [
    `--context=${cluster.context}`,
    `--namespace=${cluster.namespace}`,
    `--request-timeout=${REQUEST_SECONDS}s`,
  ];
  return (args, options = {}) =>
    new Promise((resolve, reject) => {
      const child = execFile(
        'kubectl',
        [...fixed, ...args],
        {
          env,
          timeout: COMMAND_MILLISECONDS,
          killSignal: 'SIGKILL',
          maxBuffer: MOST_OUTPUT_BYTES,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        },
        (error, stdout, stderr) => {
          if (error === null) return resolve({ code: 0, stdout, stderr });
          if (typeof error.code === 'number') return resolve({ code: error.code, stdout, stderr });
          if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
            return reject(new UserError('kubectl', 'kubectl was not found on PATH; install it, version 1.33 or later'));
          }
          if (error.killed) {
            return reject(
              new UserError(
                'kubectl',
                `kubectl ${args[0]} gave no answer within ${COMMAND_MILLISECONDS / 1000} s from context ${cluster.context}; check the network and the API server`,
              ),
            );
          }
          // Ctrl-C in a terminal reaches kubectl too.
          if (error.signal) return reject(new UserError('kubectl', `kubectl ${args[0]} was ended by ${error.signal}`));
          return reject(error);
        },
      );
      child.stdin?.on('error', () => {}).end(options.input ?? '');
    });
}

/** The last line of what kubectl complained about, without its prefixes: one sentence for a person. */
export function complaint({ stderr, code }: KubectlResult): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[EWI]\d{4} /.test(line));
  const last = lines.at(-1) ?? `exit code ${code}`;
  return last.replace(/^(error|Error from server( \([A-Za-z]+\))?): /, '').slice(0, 400);
}
