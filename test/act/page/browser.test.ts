import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPage } from '../../../act/page/index';
import type { WatchView } from '../../../rollout/page/view';
import { Browser } from '../../support/browser';
import { chromium } from '../../support/chromium';
import { HOSTILE, hostileView } from '../../support/hostile';
import { busyView, rolledBackView } from '../../support/watchViews';

/** Where screenshots of the whole pages are kept, for people; nowhere by default. */
const KEPT = process.env['DENIS_CANARY_SCREENSHOTS'];
const VIEWS: Readonly<Record<string, () => WatchView>> = {
  busy: busyView,
  hostile: hostileView,
  'rolled-back': rolledBackView,
};

const LOOKS = [1280, 360].flatMap((width) => [false, true].map((dark) => [width, dark] as const));

/** The least contrast of any text to what is behind it, and where it is. Source: WCAG 2.1, relative luminance. */
const CONTRAST = `(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const luminance = (text) => {
    const [r, g, b] = rgb(text).map((one) => (one / 255 <= 0.03928 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one);
      if ((rgb(backgroundColor)[3] ?? 1) > 0) return backgroundColor;
    }
  };
  const found = [...document.querySelectorAll('body *')]
    .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== ''))
    .map((one) => {
      const [a, b] = [luminance(getComputedStyle(one).color), luminance(behind(one))];
      return { ratio: (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), where: one.outerHTML.slice(0, 120) };
    });
  return found.sort((a, b) => a.ratio - b.ratio)[0];
})()`;

/** Whatever sticks out of the window to the right. */
const TOO_WIDE = `[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > innerWidth + 0.5)
  .map((one) => one.outerHTML.slice(0, 120))`;

describe('the page in a browser', function () {
  this.timeout(180_000);
  let browser: Browser;
  let view: WatchView;
  let url: string;
  let close: () => Promise<void>;
  let evidence: string;

  before(async function () {
    this.timeout(300_000);
    const program = chromium();
    if (program === undefined) return this.skip();
    evidence = mkdtempSync(path.join(tmpdir(), 'denis-canary-page-'));
    browser = Browser.start(program);
    const page = await startPage({
      host: '127.0.0.1',
      port: 0,
      view: () => view,
      metrics: async () => '',
      evidence,
      say: (sentence) => assert.fail(sentence),
    });
    ({ url, close } = page);
  });

  after(async () => {
    await close?.();
    await browser?.close();
    if (evidence !== undefined) rmSync(evidence, { recursive: true });
  });

  /** In every size and light; what is wrong with it fails. */
  async function looksGood(name: string, address: string): Promise<void> {
    browser.complaints.length = 0;
    await browser.open(address, async (page) => {
      for (const [width, dark] of LOOKS) {
        await page.appear({ width, dark });
        const seen = `${name}-${width}-${dark ? 'dark' : 'light'}`;
        assert.deepEqual(await page.evaluate(TOO_WIDE), [], seen);
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, seen);
        const { ratio, where } = (await page.evaluate(CONTRAST)) as { ratio: number; where: string };
        assert.ok(ratio >= 4.5, `${seen}: ${ratio.toFixed(2)} to 1: ${where}`);
        const ground = (await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')) as string;
        assert.equal(Number(/\d+/.exec(ground)) < 64, dark, `${seen}: ${ground}`);
        keep(`${seen}.png`, await page.screenshot({ whole: KEPT !== undefined }));
      }
    });
    assert.deepEqual(browser.complaints, []);
  }

  for (const [name, make] of Object.entries(VIEWS)) {
    it(`shows the ${name} page whole and readable, wide and narrow, light and dark, without a complaint`, async () => {
      view = make();
      await looksGood(name, `${url}/?still`);
    });
  }

  it('shows the evidence in the same way, whatever is in it', async () => {
    const record = { at: '2026-11-25T12:00:00.000Z', kind: 'permit', by: 'ana', move: 'canary-10 → canary-50' };
    const outcome = { verdict: 'HOLD', sentence: 'success rate is 96.00 % in the window, > 97 % is needed' };
    const hostile = {
      at: HOSTILE,
      kind: HOSTILE,
      by: HOSTILE,
      move: HOSTILE,
      outcome: { verdict: HOSTILE, sentence: HOSTILE },
    };
    const lines = [{ ...record, outcome }, hostile, record].map((one) => `${JSON.stringify(one)}\n`);
    writeFileSync(path.join(evidence, 'evidence.jsonl'), `${lines.join('')}{"cut off\n`);
    await looksGood('evidence', `${url}/evidence`);
  });

  it('runs nothing of what a hostile world wrote into it', async () => {
    view = hostileView();
    await browser.open(`${url}/?still`, async (page) => {
      assert.equal(await page.evaluate('document.title.length > 0 && globalThis.pwned'), undefined);
      for (const selector of ['script, img, iframe, object, link, form', '[onload], [onerror], [onclick], [style]']) {
        assert.equal(await page.evaluate(`document.querySelectorAll('${selector}').length`), 0, selector);
      }
    });
  });

  it('would notice a script: the policy stops it, and the browser says so', async () => {
    view = rolledBackView();
    browser.complaints.length = 0;
    await browser.open(`${url}/?still`, async (page) => {
      const script = "Object.assign(document.createElement('script'), { text: 'globalThis.pwned = 1' })";
      await page.evaluate(`document.body.append(${script})`);
      assert.equal(await page.evaluate('globalThis.pwned'), undefined);
    });
    assert.match(browser.complaints.join('\n'), /Content Security Policy/);
  });

  function keep(file: string, png: Buffer): void {
    assert.ok(png.length > 10_000, `${png.length} bytes`);
    if (KEPT === undefined) return;
    mkdirSync(KEPT, { recursive: true });
    writeFileSync(path.join(KEPT, file), png);
  }
});
