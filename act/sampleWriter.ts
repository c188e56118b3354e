import { closeSync, fstatSync, ftruncateSync, openSync, readdirSync, readSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { dayOfSamples, samplesFile } from '../observe/journalFolder';
import { type Scrape, writeScrape } from '../observe/sampleLine';
import { MOST_LOOK_BACK_DAYS } from '../rollout/window';

const DAY = 86_400;
const BLOCK = 64 * 1024;

/** Appends scrapes to the journal of samples; its caller holds the lock of the folder. Every call is one write. */
export class SampleWriter {
  private open: { readonly file: string; readonly descriptor: number; readonly shapes: Set<string> } | undefined;

  /** @param folder exists */
  constructor(private readonly folder: string) {}

  /**
   * @throws the error of the operating system, such as ENOSPC; half a line that it may have left is taken back before the next
   */
  append(scrape: Scrape): void {
    const { shape, shapeLine, scrapeLine } = writeScrape(scrape);
    const open = this.fileAt(scrape.at);
    const text = open.shapes.has(shape) ? scrapeLine : `${shapeLine}${scrapeLine}`;
    try {
      const bytes = Buffer.from(text);
      if (writeSync(open.descriptor, bytes) !== bytes.length) throw new Error(`only a part of a line was written`);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
    open.shapes.add(shape);
  }

  close(): void {
    if (this.open !== undefined) closeSync(this.open.descriptor);
    this.open = undefined;
  }

  private fileAt(at: number): NonNullable<SampleWriter['open']> {
    const file = samplesFile(at);
    if (this.open?.file === file) return this.open;
    this.close();
    this.deleteOld(at);
    const descriptor = openSync(path.join(this.folder, file), 'a+', 0o600);
    this.open = { file, descriptor, shapes: new Set() };
    dropTornLine(descriptor);
    return this.open;
  }

  /** No window looks further back, and a day more for the hours of the first one. */
  private deleteOld(at: number): void {
    for (const file of readdirSync(this.folder)) {
      const day = dayOfSamples(file);
      if (day !== undefined && day < at - (MOST_LOOK_BACK_DAYS + 1) * DAY) rmSync(path.join(this.folder, file));
    }
  }
}

/** Cuts off what a writer that died left without its end: the next line must begin on one of its own. */
function dropTornLine(descriptor: number): void {
  const { size } = fstatSync(descriptor);
  const whole = endOfLines(descriptor, size);
  if (whole < size) ftruncateSync(descriptor, whole);
}

/** Bytes up to the last line feed, that one included. */
function endOfLines(descriptor: number, size: number): number {
  const block = Buffer.alloc(BLOCK);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - BLOCK);
    const length = readSync(descriptor, block, 0, end - start, start);
    const newline = block.subarray(0, length).lastIndexOf('\n');
    if (newline !== -1) return start + newline + 1;
    end = start;
  }
  return 0;
}
