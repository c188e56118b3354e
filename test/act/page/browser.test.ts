import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startPage } from '../../../act/page/index';
import type { WatchView } from '../../../rollout/page/view';
import { Browser } from '../../support/browser';
import { chromium } from '../../support/chromium';
import { HOSTILE, hostileView } from '../../support/hostile';
import { looksGoodIn } from '../../support/looks';
import { busyView, rolledBackView } from '../../support/watchViews';

const VIEWS: Readonly<Record<string, () => WatchView>> = {
  busy: busyView,
  hostile: hostileView,
  'rolled-back': rolledBackView,
};

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

  const looksGood = (name: string, address: string): Promise<void> => looksGoodIn(browser, name, address);

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
});
