import { open } from 'node:fs/promises';
import { UserError } from '../../phases/userError';

/**
 * The newest whole lines of a file that others append to. Reads no more than `most` bytes, from its end.
 * @returns UTF-8, empty for an empty file; undefined where there is no such file
 * @throws UserError `evidence` for anything but a plain file; Error of the file system
 */
export async function newestLines(file: string, most: number): Promise<Buffer | undefined> {
  const handle = await open(file, 'r').catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (handle === undefined) return undefined;
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new UserError('evidence', `${file} is no plain file`);
    // One byte before tells whether the first line is whole.
    const start = Math.max(0, stat.size - most - 1);
    const buffer = Buffer.alloc(stat.size - start);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    const text = buffer.subarray(0, bytesRead);
    const first = start === 0 ? 0 : text.indexOf('\n') + 1;
    return text.subarray(first === 0 && start > 0 ? text.length : first, text.lastIndexOf('\n') + 1);
  } finally {
    await handle.close();
  }
}
