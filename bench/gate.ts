import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { checkoutRoot } from '../sandbox/checkout';
import { runCommand } from '../sandbox/command';
import { type Sandbox, startSandbox } from '../sandbox/index';
import { median, pairs, shown } from './pairs';

/** What the gate costs: previews with our pack and gate against the same resources with an empty pack and no gate, in pairs. */
const ROUNDS = Number(process.env['ROUNDS'] ?? 10);

async function main(): Promise<void> {
  const sandbox = await startSandbox({ timeScale: 14_400 });
  try {
    await measure(sandbox);
  } finally {
    await sandbox.stop();
  }
}

async function measure(sandbox: Sandbox): Promise<void> {
  const root = checkoutRoot();
  const run = async (cwd: string, line: string, wanted?: number): Promise<number> => {
    const started = performance.now();
    const [command, ...args] = line.split(' ') as [string, ...string[]];
    const result = await runCommand(command, args, { cwd, env: sandbox.env, timeoutMs: 120_000 });
    if (wanted !== undefined && result.code !== wanted) {
      throw new Error(`${line}: expected exit code ${wanted}, found ${result.code}:\n${result.stdout}${result.stderr}`);
    }
    return (performance.now() - started) / 1000;
  };
  const manifest = path.join(root, 'sandbox', 'manifests', 'denis.yaml');
  await sandbox
    .kubectl([
      'set',
      'env',
      '-f',
      manifest,
      '--local',
      '-o',
      'yaml',
      'DENIS_MATERIALIZERS_PCT-',
      'DENIS_MATERIALIZERS_ENABLED-',
    ])
    .then(({ stdout }) => sandbox.kubectl(['apply', '-f', '-'], { input: stdout }));
  await run(root, 'node dist/scripts/adopt.js --yes', 0);
  // The scaled baseline needs its first five seconds of samples.
  await pause(6_000);
  const ups = [await run(root, 'pulumi up --yes --stack canary-1 --policy-pack policy-pack', 0)];
  const ungated = path.join(root, 'bench', 'ungated');
  await run(ungated, 'pulumi stack init canary-10', 0);

  const rounds = await pairs(
    ROUNDS,
    () => run(root, 'pulumi preview --stack canary-10 --policy-pack policy-pack'),
    () => run(ungated, 'pulumi preview --stack canary-10 --policy-pack ../empty-pack', 0),
  );
  console.log(`preview, our pack and gate     ${shown(rounds.map(({ a }) => a))}`);
  console.log(`preview, empty pack, no gate   ${shown(rounds.map(({ b }) => b))}`);
  console.log(`ratio of pairs, median         ${median(rounds.map(({ a, b }) => a / b)).toFixed(3)}`);

  const refusals: number[] = [];
  for (let round = 0; round < ROUNDS; round++)
    refusals.push(await run(root, 'pulumi up --yes --stack canary-100 --policy-pack policy-pack'));
  console.log(`refusal of an up               ${shown(refusals)}`);
  await sandbox.prometheus.stop();
  const blind = [await run(root, 'pulumi up --yes --stack canary-10 --policy-pack policy-pack')];
  console.log(`refusal without Prometheus     ${shown(blind)}`);
  for (let round = 0; round < 3; round++)
    ups.push(await run(root, 'pulumi up --yes --stack canary-1 --policy-pack policy-pack', 0));
  console.log(`up that starts canary-1        ${shown(ups.slice(0, 1))}`);
  console.log(`up that changes nothing        ${shown(ups.slice(1))}`);
}

main().catch((thrown: unknown) => {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exitCode = 1;
});
