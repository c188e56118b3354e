import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { checkoutRoot } from '../../sandbox/checkout';
import { tool } from '../tools/support';

const { pythonEnvironment } = tool<{
  pythonEnvironment: (requirements: string, options: { env: NodeJS.ProcessEnv }) => Promise<string>;
}>('pythonEnvironment');

/** Folder of the sandbox's app of Celery. */
export const CELERY_FOLDER = path.join(checkoutRoot(), 'sandbox', 'celery');
const APP = 'denis_unified_v1.async_min.celery_main:app';

/** Path of a real Celery 5, installed where that is possible. Undefined: there is none, and why was said. */
export async function celery(): Promise<string | undefined> {
  try {
    const bin = await pythonEnvironment(path.join(CELERY_FOLDER, 'requirements.txt'), { env: process.env });
    return path.join(bin, 'celery');
  } catch (thrown) {
    console.error(`\n*** NOT TESTED: jobs of a real Celery. ${(thrown as Error).message} ***\n`);
    return undefined;
  }
}

export interface CeleryWorker {
  /** Ends it at once, as a machine does that is gone. */
  kill(): Promise<void>;
}

const environment = (broker: string): NodeJS.ProcessEnv => ({
  ...process.env,
  CELERY_BROKER_URL: broker,
  PYTHONDONTWRITEBYTECODE: '1',
});

/**
 * Starts one worker that runs one job at a time, and returns when it takes jobs.
 * @param more a folder with a module, and the app in it, in place of the sandbox's own
 */
export async function startWorker(
  program: string,
  broker: string,
  more: { readonly folder: string; readonly app: string } = { folder: CELERY_FOLDER, app: APP },
): Promise<CeleryWorker> {
  // Threads: a worker that is killed leaves no process behind.
  const args = ['-A', more.app, 'worker', '--pool', 'threads', '--concurrency', '1', '--loglevel', 'INFO'];
  const child = spawn(program, args, {
    cwd: more.folder,
    env: { ...environment(broker), PYTHONPATH: CELERY_FOLDER },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const closed = once(child, 'close');
  await saysReady(child);
  return {
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

function saysReady(child: ChildProcess): Promise<void> {
  let said = '';
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/ ready\./.test(said)) resolve();
      });
    }
    child.once('error', reject);
    child.once('close', () => reject(new Error(`the worker ended before it was ready:\n${said}`)));
  });
}

/** Runs a few lines of Python that have `app`. */
export async function withApp(program: string, broker: string, lines: readonly string[]): Promise<void> {
  const python = path.join(path.dirname(program), 'python');
  const code = ['from denis_unified_v1.async_min.celery_main import app', ...lines].join('\n');
  const child = spawn(python, ['-c', code], {
    cwd: CELERY_FOLDER,
    env: environment(broker),
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code_] = (await once(child, 'close')) as [number | null];
  if (code_ !== 0) throw new Error(`python ended with ${code_}`);
}
