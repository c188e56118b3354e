import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sandbox } from '../sandbox';
import { type Background, essence, type Shell, type Shown } from './shell';

/** One thing the demo shows; it throws when what it says did not happen. */
export interface Step {
  readonly title: string;
  run(world: DemoWorld): Promise<string>;
}

export interface DemoWorld {
  readonly sandbox: Sandbox;
  readonly shell: Shell;
  readonly checkout: string;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  /** Started by a step, ended with the demo. */
  readonly watchers: Background[];
}

const PACK = '--policy-pack policy-pack';
const up = (stack: string, more = PACK): string => `pulumi up --yes --stack ${stack}${more === '' ? '' : ` ${more}`}`;
/** Longest time that a window may take to pass; far above the scaled windows, for a busy machine. */
const WINDOW_MS = 150_000;

export const STEPS: readonly Step[] = [
  {
    title: 'base declares what all phases share: the token of the kill switch, the Roles',
    run: async ({ shell }) => {
      expectCode(await shell.run(up('base', '')), 0);
      return 'Secret and Roles are there';
    },
  },
  {
    title: 'adopt refuses while the team’s manifest still sets the variables',
    run: async ({ shell }) => {
      expectSaid(expectRefused(await shell.run('npm run -s adopt -- --yes')), 'DENIS_MATERIALIZERS_PCT');
      return 'refused, nothing changed';
    },
  },
  {
    title: 'the manifest is changed as it said, then adopt wires the Deployment: 0 %, off',
    run: async (world) => {
      const file = await manifestWithoutVariables(world);
      expectCode(await world.shell.run(`kubectl apply -f ${file}`), 0);
      expectCode(await world.shell.run('npm run -s adopt -- --yes', { quiet: true }), 0);
      world.print('  $ npm run adopt -- --yes');
      await expectLive(world, 0, false);
      return 'adopted';
    },
  },
  {
    title: 'canary-1 is refused: nobody watches the rollback rules',
    run: async ({ shell }) => {
      expectSaid(expectRefused(await shell.run(up('canary-1'))), 'npm run watch');
      return 'refused: no heartbeat';
    },
  },
  {
    title: 'the watcher starts',
    run: async ({ shell, watchers }) => {
      const watcher = shell.start('npm run -s watch -- --port 0', / (page|warning): |page at| leads$/);
      watchers.push(watcher);
      await watcher.said(/ leads$/, 60_000);
      return 'it holds its Lease';
    },
  },
  {
    title: 'canary-1 starts the rollout',
    run: async (world) => promoted(world, 'canary-1', 1),
  },
  {
    title: 'canary-10 asked too early is refused: the window of canary-1 has not passed',
    run: async ({ shell }) => {
      // Without a preview, so that on a slow machine the scaled window does not pass in between.
      expectSaid(expectRefused(await shell.run(up('canary-10', `${PACK} --skip-preview`))), 'window', 'HOLD');
      return 'refused: HOLD, window';
    },
  },
  {
    title: 'the window passes: canary-10 is promoted',
    run: async (world) => promoted(world, 'canary-10', 10),
  },
  {
    title: 'canary-100 asked from canary-10 is refused: it skips a phase',
    run: async ({ shell }) => {
      expectSaid(expectRefused(await shell.run(up('canary-100'))), 'skips a phase');
      return 'refused: skips a phase';
    },
  },
  {
    title: 'the workers fall silent: canary-50 is refused',
    run: async (world) => {
      await world.sandbox.scenario('stale-workers');
      world.print('  (no heartbeat of the workers for 300 s)');
      const refusal = await until(world, 'the check of the heartbeat to fail', async () => {
        const shown = await world.shell.run(up('canary-50', `${PACK} --skip-preview`), { quiet: true });
        return /worker seen/.test(
          expectRefused(shown)
            .output.split('\n')
            .find((line) => /HOLD/.test(line)) ?? '',
        );
      });
      expectSaid(expectRefused(await world.shell.run(up('canary-50'))), 'worker seen', 'HOLD');
      await expectLive(world, 10, true);
      return `refused by the workers' heartbeat${refusal}`;
    },
  },
  {
    title: 'healthy again: canary-50 is promoted once a clean window has passed',
    run: async (world) => {
      await world.sandbox.scenario('healthy');
      return promoted(world, 'canary-50', 50);
    },
  },
  {
    title: 'a third of the jobs fail: the watcher takes it back by itself, and latches it',
    run: async (world) => {
      await world.sandbox.scenario('failing-jobs', { rate: 0.3 });
      world.print('  (30 % of the jobs fail from now on)');
      const watcher = world.watchers.at(-1)!;
      await watcher.said(/page: ROLLBACK: /, WINDOW_MS);
      const off = await watcher.said(/off and latched/, WINDOW_MS);
      await expectLive(world, 50, false);
      return /off and latched \d+ s after it began/.exec(off)![0];
    },
  },
  {
    title: 'every move up is refused while it is latched',
    run: async ({ shell, sandbox }) => {
      await sandbox.scenario('healthy');
      expectSaid(expectRefused(await shell.run(up('canary-50'))), 'stays off', 'npm run resume');
      return 'refused: latched';
    },
  },
  {
    title: 'resume clears latch and switches, and leaves it off',
    run: async (world) => {
      expectCode(await world.shell.run('npm run -s resume -- --reason cause-mended --yes'), 0);
      await expectLive(world, 0, false);
      return 'off at 0 %; only canary-1 is next';
    },
  },
  {
    title: 'a new rollout: canary-1, canary-10, canary-50, canary-100',
    run: async (world) => {
      for (const [stack, percent] of [
        ['canary-1', 1],
        ['canary-10', 10],
        ['canary-50', 50],
      ] as const) {
        await promoted(world, stack, percent);
      }
      return promoted(world, 'canary-100', 100);
    },
  },
  {
    title: 'the last window passes: COMPLETE',
    run: async (world) => {
      await until(world, 'COMPLETE', async () => {
        const shown = await world.shell.run('pulumi preview --stack canary-100', { quiet: true });
        return expectCode(shown, 0).output.includes('COMPLETE');
      });
      expectSaid(expectCode(await world.shell.run(up('canary-100')), 0), 'COMPLETE');
      return 'COMPLETE';
    },
  },
  {
    title: 'verify says the same with all checks and rules, for a person or a pipeline',
    run: async ({ shell }) => {
      expectSaid(
        expectCode(await shell.run('npm run -s verify -- --stack canary-100'), 0),
        'COMPLETE',
        'rollback rule',
      );
      return 'exit code 0: COMPLETE';
    },
  },
  {
    title: 'validate asks for everything that the plan wants after 100 %',
    run: async (world) => {
      const waited = await until(world, 'everything to be well', async () => {
        return (await world.shell.run('npm run -s validate', { quiet: true })).code === 0;
      });
      expectSaid(expectCode(await world.shell.run('npm run -s validate'), 0), 'VALIDATED');
      return `validated${waited}`;
    },
  },
  {
    title: 'a plain up of canary-1 brings the cluster back to 1 %',
    run: async (world) => {
      const shown = expectCode(await world.shell.run(up('canary-1', '')), 0);
      await expectLive(world, 1, true);
      return `the cluster serves 1 % after ${shown.seconds.toFixed(1)} s`;
    },
  },
  {
    title: 'Prometheus is stopped: up is refused',
    run: async (world) => {
      await promoted(world, 'canary-10', 10);
      await world.sandbox.prometheus.stop();
      world.print('  (Prometheus is stopped)');
      const shown = expectRefused(await world.shell.run(up('canary-50')));
      expectSaid(shown, 'unreachable');
      return `refused after ${shown.seconds.toFixed(1)} s`;
    },
  },
  {
    title: 'and down is allowed, with --refresh=false too',
    run: async (world) => {
      expectCode(await world.shell.run(up('canary-1', '--refresh=false')), 0);
      await expectLive(world, 1, true);
      return 'the cluster serves 1 %';
    },
  },
  {
    title: 'every verdict of this demo is judged again from its record',
    run: async ({ shell, sandbox }) => {
      const file = path.join(sandbox.info.folder, 'journal', 'evidence.jsonl');
      const shown = expectCode(await shell.run(`npm run -s replay -- ${file}`), 0);
      expectSaid(shown, ' 0 differ');
      return shown.output.trim();
    },
  },
  {
    title: 'report writes all of it as one page',
    run: async ({ shell }) => {
      // Outside of the sandbox's folder, which goes with it.
      const file = path.join(tmpdir(), 'denis-canary-demo.html');
      expectCode(await shell.run(`npm run -s report -- --all --out ${file}`), 0);
      return file;
    },
  },
];

/** Asks until the window has passed and the metrics allow it (or, at the start, until the new pods are measured), then shows the last answer. */
async function promoted(world: DemoWorld, stack: string, percent: number): Promise<string> {
  const waited = await until(world, `${stack} to be allowed`, async () => {
    const shown = await world.shell.run(up(stack, `${PACK} --skip-preview`), { quiet: true });
    if (shown.code !== 0) return false;
    world.print(`  $ ${up(stack)}`);
    for (const line of essence(shown.output)) world.print(`    ${line}`);
    return true;
  });
  await expectLive(world, percent, true);
  return `${percent} % is live${waited}`;
}

/** @returns how long it took, for the summary */
async function until(world: DemoWorld, what: string, probe: () => Promise<boolean>): Promise<string> {
  const started = performance.now();
  for (;;) {
    world.signal.throwIfAborted();
    if (await probe()) break;
    if (performance.now() - started > WINDOW_MS) throw new Error(`waited ${WINDOW_MS / 1000} s for ${what}`);
    await pause(500, undefined, { signal: world.signal });
  }
  return `, after ${((performance.now() - started) / 1000).toFixed(0)} s`;
}

/** What the pods themselves say they serve, not what was written. */
async function expectLive({ sandbox, shell, signal }: DemoWorld, percent: number, enabled: boolean): Promise<void> {
  const line =
    'kubectl get pods -n denis -l app=denis -o jsonpath={range.items[*]}{.metadata.annotations.canary\\.denis\\.run/pct}/{.metadata.annotations.canary\\.denis\\.run/enabled};{end}';
  const wanted = `${percent}/${enabled}`;
  const end = performance.now() + 30_000;
  for (;;) {
    const { output } = await shell.run(line, { quiet: true });
    const pods = output.split(';').filter((text) => text !== '');
    if (pods.length >= 3 && pods.every((pod) => pod === wanted)) return;
    if (performance.now() > end)
      throw new Error(`expected every pod of ${sandbox.info.context} to run ${wanted}, found ${pods.join(', ')}`);
    await pause(300, undefined, { signal });
  }
}

async function manifestWithoutVariables({ checkout, sandbox }: DemoWorld): Promise<string> {
  const manifest = await readFile(path.join(checkout, 'sandbox', 'manifests', 'denis.yaml'), 'utf8');
  const changed = manifest.split('\n').filter((line) => !line.includes('DENIS_MATERIALIZERS_'));
  const file = path.join(sandbox.info.folder, 'denis.yaml');
  await writeFile(file, changed.join('\n'));
  return file;
}

function expectCode(shown: Shown, code: number): Shown {
  if (shown.code !== code) throw new Error(`expected exit code ${code}, found ${shown.code}:\n${shown.output}`);
  return shown;
}

function expectRefused(shown: Shown): Shown {
  if (shown.code === 0) throw new Error(`expected a refusal, but it went through:\n${shown.output}`);
  return shown;
}

function expectSaid(shown: Shown, ...words: string[]): void {
  const missing = words.filter((word) => !shown.output.includes(word));
  if (missing.length > 0) throw new Error(`expected it to say ${missing.join(' and ')}:\n${shown.output}`);
}
