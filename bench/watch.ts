import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type Sandbox, startSandbox } from '../sandbox/index';
import { makeLive, scraped } from '../test/e2e/support/cluster';
import { evidenceIn, noWatcher, type RunningWatcher, startWatcher } from '../test/e2e/support/watch';
import { settingsWith } from '../test/e2e/support/world';
import { median } from './pairs';

/** What the watcher takes in the plan's own time: from a fault to off, confirmed; and what its ticks cost. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const IDLE_MINUTES = Number(process.env['IDLE_MINUTES'] ?? 20);
/** The warm-up of a phase, in which success rules are quiet, and a first look-back. */
const WARM_MS = 200_000;

interface Fault {
  readonly title: string;
  readonly percent: number;
  readonly scenario: readonly [string, Record<string, unknown>?];
  readonly warm: boolean;
}

const FAULTS: readonly Fault[] = [
  { title: 'a worker killed for its memory', percent: 10, scenario: ['worker-oom'], warm: false },
  { title: '/chat down', percent: 10, scenario: ['chat-down'], warm: false },
  { title: 'half of the jobs fail', percent: 50, scenario: ['failing-jobs', { rate: 0.5 }], warm: true },
];

async function main(): Promise<void> {
  const sandbox = await startSandbox({ timeScale: 1 });
  try {
    await costOfTicks(sandbox);
    for (const fault of FAULTS) await timeToOff(sandbox, fault);
  } finally {
    await sandbox.stop();
  }
}

/** Of a healthy phase. */
async function costOfTicks(sandbox: Sandbox): Promise<void> {
  await makeLive(sandbox, 10);
  await watched(sandbox, 'idle', async (watcher) => {
    const perMinute: string[] = [];
    let before = await usage(watcher);
    const first = before;
    for (let minute = 0; minute < IDLE_MINUTES; minute++) {
      await pause(60_000);
      const now = await usage(watcher);
      perMinute.push(`${(now.cpu - before.cpu).toFixed(1)} s CPU, ${now.megabytes.toFixed(0)} MB`);
      before = now;
    }
    const ticks = before.ticks - first.ticks;
    console.log(`a tick, mean of ${ticks}: ${((1000 * (before.seconds - first.seconds)) / ticks).toFixed(0)} ms`);
    console.log(`CPU of a tick with its kubectl: ${((1000 * (before.cpu - first.cpu)) / ticks).toFixed(0)} ms`);
    console.log(`by minute: ${perMinute.join('; ')}`);
  });
}

async function timeToOff(sandbox: Sandbox, { title, percent, scenario, warm }: Fault): Promise<void> {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await sandbox.scenario('healthy');
    await makeLive(sandbox, percent);
    await scraped(sandbox);
    const name = `${scenario[0]}-${round}`;
    await watched(sandbox, name, async (watcher, journal) => {
      if (warm) await pause(WARM_MS);
      // Faults do not wait for a tick.
      await pause(Math.random() * 10_000);
      const began = Date.now();
      await sandbox.scenario(...scenario);
      await watcher.said(/off and latched/, 300_000);
      const rollback = evidenceIn(journal).find(({ kind }) => kind === 'rollback');
      const { at, confirmedAfterMs } = rollback as unknown as { at: string; confirmedAfterMs: number };
      seconds.push((Date.parse(at) + confirmedAfterMs - began) / 1000);
    });
  }
  console.log(
    `${title}: off after ${median(seconds).toFixed(1)} s, median of ${seconds.map((one) => one.toFixed(1)).join(', ')}`,
  );
}

async function watched(
  sandbox: Sandbox,
  name: string,
  use: (watcher: RunningWatcher, journal: string) => Promise<void>,
): Promise<void> {
  await noWatcher(sandbox);
  const journal = `${sandbox.info.folder}/journal-${name}`;
  const watcher = startWatcher(sandbox, { PULUMI_OPTION_CONFIG_FILE: settingsWith(sandbox, name, { journal }) });
  try {
    await watcher.said(/ leads$/m);
    await use(watcher, journal);
  } finally {
    await watcher.stop();
  }
}

interface Usage {
  readonly ticks: number;
  /** Sum of the ticks. */
  readonly seconds: number;
  /** Of the process and of all that it started and that has ended. */
  readonly cpu: number;
  readonly megabytes: number;
}

async function usage(watcher: RunningWatcher): Promise<Usage> {
  const metrics = await (await fetch(`${await watcher.url()}/metrics`)).text();
  const of = (name: string): number =>
    Number(new RegExp(`^denis_canary_watcher_tick_seconds_${name} (\\S+)$`, 'm').exec(metrics)?.[1]);
  const fields = readFileSync(`/proc/${watcher.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  const ticksASecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  const cpu = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0) / ticksASecond;
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${watcher.pid}/status`, 'utf8'))?.[1];
  return { ticks: of('count'), seconds: of('sum'), cpu, megabytes: Number(resident) / 1024 };
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
});
