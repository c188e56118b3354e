import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CommandResult, runCommand } from '../../sandbox/command';
import { Browser } from '../support/browser';
import { chromium } from '../support/chromium';
import { looksGoodIn } from '../support/looks';
import { hostileRecords, linesOf, wholeRollout } from '../support/rolloutRecords';

const SCRIPT = path.join(__dirname, '..', '..', 'scripts', 'report.js');

describe('npm run report', function () {
  this.timeout(180_000);
  let folder: string;
  const whole = wholeRollout();

  before(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'denis-canary-report-'));
    const journals: Readonly<Record<string, string>> = {
      // The watcher's and an operator's, with a common part.
      watcher: linesOf(whole.filter((_, index) => index % 2 === 0)),
      ana: `${linesOf(whole.filter((_, index) => index % 2 === 1 || index < 10))}{"cut off\n`,
      hostile: linesOf(hostileRecords()),
      empty: '\n',
    };
    for (const [name, text] of Object.entries(journals)) {
      mkdirSync(path.join(folder, name));
      writeFileSync(path.join(folder, name, 'evidence.jsonl'), text);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]): Promise<CommandResult> =>
    runCommand(process.execPath, [SCRIPT, ...args], { cwd: folder, env: process.env, timeoutMs: 60_000 });

  it('writes one page from several journals, for its owner alone, and says where', async () => {
    const { code, stdout, stderr } = await run('--journal', 'watcher', 'ana');
    assert.equal(code, 0, stderr);
    const file = path.join(folder, 'rollout-2026-11-23-0700.html');
    assert.equal(
      stdout,
      `ROLLED BACK: rollout of 2026-11-23 07:00 UTC (r-2026-11-23), ${whole.length} records\n${file}\n`,
    );
    assert.equal(stderr, '1 lines of the journals are no records; the report names them\n');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, 'utf8'), /^<!doctype html>/);
  });

  it('writes Markdown, to standard output on request', async () => {
    const { code, stdout } = await run('--journal', 'watcher', 'ana', '--format', 'md', '--out', '-');
    assert.equal(code, 0);
    assert.match(stdout, /^# ROLLED BACK: rollout of 2026-11-23 07:00 UTC/);
  });

  it('takes the journal of the stack on this machine where none is named', async () => {
    const settings = path.join(folder, 'settings.yaml');
    const written = {
      context: 'c',
      clusterUid: 'u',
      redis: 'no address: a report does not need it',
      journal: path.join(folder, 'watcher'),
    };
    writeFileSync(
      settings,
      JSON.stringify({
        config: Object.fromEntries(Object.entries(written).map(([key, value]) => [`canary:${key}`, value])),
      }),
    );
    const env = { ...process.env, PULUMI_OPTION_CONFIG_FILE: settings };
    const { code, stdout, stderr } = await runCommand(process.execPath, [SCRIPT, '--all', '--out', 'all.html'], {
      cwd: folder,
      env,
      timeoutMs: 60_000,
    });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /\/all\.html\n$/);
  });

  const refused: readonly [what: string, args: string[], code: number, says: RegExp][] = [
    ['a folder that is not there', ['--journal', 'nowhere'], 2, /^nowhere cannot be read: ENOENT/],
    ['journals without a record', ['--journal', 'empty'], 2, /^the journals hold no record\n$/],
    [
      'a rollout that is not there',
      ['--journal', 'watcher', '--rollout', 'x'],
      2,
      /^no rollout has an id that begins with x; there are: rollout of /,
    ],
    ['a form that it does not know', ['--format', 'pdf'], 2, /Allowed choices are html, md/],
    [
      'a file that cannot be written',
      ['--journal', 'watcher', '--out', 'no/such/folder.html'],
      1,
      /cannot be written: ENOENT/,
    ],
  ];
  for (const [what, args, code, says] of refused) {
    it(`ends with ${code} over ${what}`, async () => {
      const result = await run(...args);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, says);
      assert.doesNotMatch(result.stderr, /^ +at /m);
    });
  }

  describe('in a browser, from a file, without a network', () => {
    let browser: Browser;
    before(async function () {
      this.timeout(300_000);
      const program = chromium();
      if (program === undefined) return this.skip();
      browser = Browser.start(program);
    });
    after(() => browser?.close());

    async function written(name: string): Promise<string> {
      const { code, stderr } = await run('--journal', name, '--out', `${name}.html`);
      assert.equal(code, 0, stderr);
      return pathToFileURL(path.join(folder, `${name}.html`)).href;
    }

    it('looks right wide and narrow, light and dark', async () => {
      await looksGoodIn(browser, 'report', await written('watcher'));
    });

    it('looks right and runs nothing, whatever is in it', async () => {
      const address = await written('hostile');
      await looksGoodIn(browser, 'report-hostile', address);
      await browser.open(address, async (page) => {
        assert.equal(await page.evaluate('document.title.length > 0 && globalThis.pwned'), undefined);
        for (const selector of ['script, img, iframe, object, link, form', '[onload], [onerror], [style]']) {
          assert.equal(await page.evaluate(`document.querySelectorAll('${selector}').length`), 0, selector);
        }
      });
    });

    it('would notice a script: its own policy stops it', async () => {
      const address = await written('watcher');
      browser.complaints.length = 0;
      await browser.open(address, async (page) => {
        await page.evaluate(
          "document.body.append(Object.assign(document.createElement('script'), { text: 'globalThis.pwned = 1' }))",
        );
        assert.equal(await page.evaluate('globalThis.pwned'), undefined);
      });
      assert.match(browser.complaints.join('\n'), /Content Security Policy/);
    });
  });
});
