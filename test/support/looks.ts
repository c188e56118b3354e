import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser } from './browser';

/** Where screenshots of the whole pages are kept, for people; nowhere by default. */
const KEPT = process.env['DENIS_CANARY_SCREENSHOTS'];

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

/** A page in every size and light; what is wrong with it fails. */
export async function looksGoodIn(browser: Browser, name: string, address: string): Promise<void> {
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

function keep(file: string, png: Buffer): void {
  assert.ok(png.length > 10_000, `${png.length} bytes`);
  if (KEPT === undefined) return;
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(path.join(KEPT, file), png);
}
