import { checkoutRoot } from '../checkout';
import { startSandbox } from '../index';
import { type Background, Shell } from './shell';
import { STEPS } from './steps';

/** Time runs this much faster than the plan's: 72 hours pass in 36 seconds. */
const TIME_SCALE = 7_200;

/** The whole rollout on the sandbox, by the commands a person would type; exit code 0 only if every step did what it says. */
async function main(): Promise<number> {
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interrupt.abort(new Error('interrupted')));
  const { signal } = interrupt;
  const print = (line: string): void => console.log(line);
  const started = performance.now();
  const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s`;

  print(
    `Starting the sandbox: a real control plane, Prometheus, Redis and Denis; time runs ${TIME_SCALE} times faster than the plan's.`,
  );
  const sandbox = await startSandbox({ timeScale: TIME_SCALE, watcher: 'own' }, { signal, log: () => {} });
  const summary: string[] = [];
  const watchers: Background[] = [];
  let failed: unknown;
  try {
    const checkout = checkoutRoot();
    const shell = new Shell(sandbox, checkout, print, signal);
    for (const [index, step] of STEPS.entries()) {
      print(`\n[${index + 1}/${STEPS.length}] ${step.title}`);
      const result = await step.run({ sandbox, shell, checkout, print, signal, watchers });
      print(`  → ${result}`);
      summary.push(`${elapsed()}  ${step.title}: ${result}`);
    }
  } catch (thrown) {
    failed = thrown;
  } finally {
    await Promise.all(watchers.map((watcher) => watcher.stop()));
    await sandbox.stop();
  }
  print(`\nSummary (time since the start)\n${summary.join('\n')}`);
  if (failed === undefined) {
    print(`\nEvery step did what it says, in ${elapsed().trim()}.`);
    return 0;
  }
  console.error(`\nStep ${summary.length + 1} failed: ${failed instanceof Error ? failed.message : String(failed)}`);
  return 1;
}

main().then(
  (code) => process.exit(code),
  (thrown: unknown) => {
    console.error(thrown instanceof Error ? thrown.message : thrown);
    process.exit(1);
  },
);
