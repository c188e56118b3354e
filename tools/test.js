// The test suite, one group after the other: node tools/run.js tools/test.js [group …]. Fails at the end if any group failed.

const { spawn } = require('node:child_process');
const path = require('node:path');

const root = path.resolve(__dirname, '..');
const bin = (/** @type {string} */ name) => path.join(root, 'node_modules', '.bin', name);
const mocha = (/** @type {string[]} */ ...folders) => [
  bin('mocha'),
  ...folders.map((folder) => `dist/test/${folder}/**/*.test.js`),
];

/** Cheap ones first; types are checked by the build before any of them. @type {Record<string, string[]>} */
const GROUPS = {
  format: [bin('biome'), 'ci', '--colors=off', '.'],
  lint: [bin('eslint'), '.'],
  'tool types': [bin('tsc'), '-p', 'tools'],
  // Without the linters that it would call if they happened to be on PATH: the same findings everywhere.
  workflows: ['actionlint', '-no-color', '-shellcheck=', '-pyflakes='],
  unit: mocha('phases', 'rollout', 'architecture', 'docs', 'image', 'tools', 'workflows'),
  edges: mocha('observe', 'act', 'scripts'),
  program: mocha('program'),
  policy: mocha('policy-pack'),
  sandbox: mocha('sandbox'),
  'end-to-end': mocha('e2e'),
};

/** A group takes minutes; one whose tests have ended and that does not end itself has left something running. */
const GROUP_MS = 30 * 60_000;
const AFTER_MS = 20_000;

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/** @param {string[]} command @returns {Promise<{ code: number, counts: Counts }>} */
function run([program, ...args]) {
  return new Promise((resolve, reject) => {
    const child = spawn(/** @type {string} */ (program), args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    /** @param {string} why */
    const giveUp = (why) => {
      console.error(`\nended after ${why}`);
      child.kill('SIGKILL');
    };
    const tooLong = setTimeout(() => giveUp(`${GROUP_MS / 60_000} min`), GROUP_MS);
    /** @type {NodeJS.Timeout | undefined} */
    let leftover;
    child.stdout.on('data', (chunk) => {
      process.stdout.write(chunk);
      output += chunk;
      if (leftover !== undefined || !/^ {2}\d+ passing/m.test(output)) return;
      leftover = setTimeout(() => giveUp('its tests: something that one of them began still runs'), AFTER_MS);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(tooLong);
      clearTimeout(leftover);
      const count = (/** @type {string} */ word) =>
        Number(new RegExp(`^ {2}(\\d+) ${word}`, 'm').exec(output)?.[1] ?? 0);
      resolve({
        code: code ?? 1,
        counts: { passed: count('passing'), failed: count('failing'), skipped: count('pending') },
      });
    });
  });
}

/** @param {string[]} names */
async function main(names) {
  const unknown = names.filter((name) => !(name in GROUPS));
  if (unknown.length > 0) {
    console.error(`Unknown group ${unknown.join(', ')}; the groups are ${Object.keys(GROUPS).join(', ')}.`);
    return 2;
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  for (const [name, command] of Object.entries(GROUPS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    console.log(`\n── ${name}`);
    const started = performance.now();
    const { code, counts } = await run(command);
    const tested = counts.passed + counts.failed > 0;
    total.passed += tested ? counts.passed : Number(code === 0);
    total.failed += counts.failed || Number(code !== 0);
    total.skipped += counts.skipped;
    lines.push(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`);
  }
  console.log(`\n${lines.join('\n')}\n\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
