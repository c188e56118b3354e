// The test suite: node tools/run.js tools/test.js [group …]. Two groups at a time; fails at the end if any group failed. A group of
// real clusters and processes that failed is run once more: one that passes then is called flaky, with what failed first.

const { spawn } = require('node:child_process');
const path = require('node:path');
const { failures } = require('./failures.js');
const { FORWARDED, handedOn } = require('./runChild.js');

const root = path.resolve(__dirname, '..');
const bin = (/** @type {string} */ name) => path.join(root, 'node_modules', '.bin', name);
const mocha = (/** @type {string[]} */ ...folders) => [
  bin('mocha'),
  ...folders.map((folder) => `dist/test/${folder}/**/*.test.js`),
];

/** Cheap ones first, then the longest; types are checked by the build before any of them. @type {Record<string, string[]>} */
const GROUPS = {
  format: [bin('biome'), 'ci', '--colors=off', '.'],
  lint: [bin('eslint'), '.'],
  'tool types': [bin('tsc'), '-p', 'tools'],
  // Without the linters that it would call if they happened to be on PATH: the same findings everywhere.
  workflows: ['actionlint', '-no-color', '-shellcheck=', '-pyflakes='],
  unit: mocha('phases', 'rollout', 'architecture', 'docs', 'image', 'tools', 'workflows'),
  edges: mocha('observe', 'act', 'scripts'),
  program: mocha('program', 'policy-pack'),
  'end-to-end off': mocha('e2e/off'),
  'end-to-end moves': mocha('e2e/moves'),
  'end-to-end looks': mocha('e2e/looks'),
  sandbox: mocha('sandbox'),
};

/** Most of them wait for clusters: two at a time hardly disturb each other on two cores. */
const LANES = 2;

/** Groups in which a machine that is short of breath, too, makes a test fail. */
const TRIED_AGAIN = ['edges', 'program', 'end-to-end off', 'end-to-end moves', 'end-to-end looks', 'sandbox'];

/** A group takes minutes; one whose tests have ended and that does not end itself has left something running. */
const GROUP_MS = 45 * 60_000;
const AFTER_MS = 20_000;

/** The groups that run. @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
let interrupted = false;

/**
 * `before` is the try that failed, of a group that was run again.
 * @typedef {{ name: string, code: number, seconds: number, output: string, before?: Result }} Result
 */

/** @param {string} name @param {string[]} command @returns {Promise<Result>} */
function run(name, [program, ...args]) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(/** @type {string} */ (program), args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    /** @param {string} why */
    const giveUp = (why) => {
      output += `\nended after ${why}\n`;
      child.kill('SIGKILL');
    };
    const tooLong = setTimeout(() => giveUp(`${GROUP_MS / 60_000} min`), GROUP_MS);
    /** @type {NodeJS.Timeout | undefined} */
    let leftover;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
        if (leftover !== undefined || !/^ {2}\d+ passing/m.test(output)) return;
        leftover = setTimeout(() => giveUp('its tests: something that one of them began still runs'), AFTER_MS);
      });
    }
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(tooLong);
      clearTimeout(leftover);
      running.delete(child);
      resolve({ name, code: code ?? 1, seconds: (performance.now() - started) / 1000, output });
    });
  });
}

/** @param {string} name @param {string[]} command @returns {Promise<Result>} */
async function tell(name, command) {
  console.log(`${name} begins`);
  const result = await run(name, command);
  console.log(`\n── ${name}\n${result.output}`);
  return result;
}

/** @param {string} name @param {string[]} command @returns {Promise<Result>} */
async function tries(name, command) {
  const result = await tell(name, command);
  if (result.code === 0 || interrupted || !TRIED_AGAIN.includes(name)) return result;
  return { ...(await tell(name, command)), before: result };
}

/** @param {Result} result */
const verdict = ({ code, before }) => {
  if (code !== 0) return 'FAILED';
  return before === undefined ? 'ok    ' : 'FLAKY ';
};

/** @param {Result} result @returns {string[]} what failed in any try */
const failed = ({ name, output, before }) => [
  ...(before === undefined ? [] : failed(before)),
  ...failures(output).map((failure) => `${name}: ${failure}`),
];

/** @param {Result} result @param {string} word */
const count = ({ output }, word) => Number(new RegExp(`^ {2}(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);

/** @param {string[]} names */
async function main(names) {
  const unknown = names.filter((name) => !(name in GROUPS));
  if (unknown.length > 0) {
    console.error(`Unknown group ${unknown.join(', ')}; the groups are ${Object.keys(GROUPS).join(', ')}.`);
    return 2;
  }
  const queue = Object.entries(GROUPS).filter(([name]) => names.length === 0 || names.includes(name));
  /** @type {Result[]} */
  const results = [];
  const lane = async () => {
    for (let next = queue.shift(); next !== undefined && !interrupted; next = queue.shift()) {
      results.push(await tries(...next));
    }
  };
  const signals = handedOn();
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      interrupted = true;
      // At SIGINT mocha ends the test under way and cleans up.
      if (signals.includes(signal)) for (const child of running) child.kill('SIGINT');
    });
  }
  await Promise.all(Array.from({ length: LANES }, lane));
  if (interrupted) return 130;

  const total = { passed: 0, failed: 0, skipped: 0, flaky: 0 };
  const lines = results.map((result) => {
    const [passing, failing] = [count(result, 'passing'), count(result, 'failing')];
    total.passed += passing + failing > 0 ? passing : Number(result.code === 0);
    total.failed += failing || Number(result.code !== 0);
    total.skipped += count(result, 'pending');
    total.flaky += Number(result.code === 0 && result.before !== undefined);
    return `${verdict(result)} ${result.name} (${result.seconds.toFixed(1)} s)`;
  });
  const details = results.flatMap(failed);
  if (details.length > 0) lines.push('', ...details);
  const flaky = total.flaky === 0 ? '' : `, ${total.flaky} flaky groups`;
  console.log(
    `${lines.join('\n')}\n\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped${flaky}`,
  );
  return total.failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
