import { spawn } from 'node:child_process';
import { isIPv6 } from 'node:net';
import type { ClusterSettings } from '../phases/settings';
import type { PodState } from '../rollout/cluster';

/** What a pod is reached by. */
export type PodAddress = Pick<PodState, 'name' | 'ip'>;

/** Gives an address of one pod for as long as `use` runs. */
export type PodAccess = <T>(pod: PodAddress, use: (origin: string) => Promise<T>) => Promise<T>;

const FORWARD_MS = 4_000;

/** `direct` where pods are routable (in the cluster, in the sandbox), else one `kubectl port-forward` a pod. */
export function podAccessFor(cluster: ClusterSettings, env: NodeJS.ProcessEnv): PodAccess {
  return cluster.podAccess === 'direct' ? direct(cluster.port) : portForward(cluster, env);
}

function direct(port: number): PodAccess {
  return (pod, use) => {
    if (pod.ip === undefined) throw new Error('it has no address yet');
    return use(`http://${isIPv6(pod.ip) ? `[${pod.ip}]` : pod.ip}:${port}`);
  };
}

function portForward(cluster: ClusterSettings, env: NodeJS.ProcessEnv): PodAccess {
  return async (pod, use) => {
    const child = spawn(
      'kubectl',
      [
        `--context=${cluster.context}`,
        `--namespace=${cluster.namespace}`,
        'port-forward',
        `pod/${pod.name}`,
        `:${cluster.port}`,
        '--address=127.0.0.1',
      ],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk}`.slice(-400);
    });
    try {
      const port = await new Promise<string>((resolve, reject) => {
        const timer = setTimeout(() => fail(`not ready within ${FORWARD_MS / 1000} s`), FORWARD_MS);
        const fail = (why: string): void => {
          clearTimeout(timer);
          reject(new Error(`port-forward: ${complaint.trim() || why}`));
        };
        child.once('error', (error) => fail(error.message));
        child.once('exit', (code) => fail(`ended with ${code}`));
        let said = '';
        child.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          const match = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said);
          if (match === null) return;
          clearTimeout(timer);
          resolve(match[1]!);
        });
      });
      return await use(`http://127.0.0.1:${port}`);
    } finally {
      child.kill('SIGKILL');
    }
  };
}
