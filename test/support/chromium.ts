import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL_MS = 240_000;

/** Path of a browser of this machine; one is installed where that is possible. Undefined: there is none, and why was said. */
export function chromium(): string | undefined {
  const found = onPath();
  if (found !== undefined) return found;
  const why = install();
  if (why === undefined) return onPath();
  console.error(`\n*** NOT TESTED: the page in a browser. ${why}. Put chromium or google-chrome on PATH. ***\n`);
  return undefined;
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
}

/** @returns why it could not be installed */
function install(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'There is no browser here';
  try {
    const options = {
      stdio: 'ignore',
      timeout: INSTALL_MS,
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    } as const;
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'],
      options,
    );
    return undefined;
  } catch (thrown) {
    return `There is no browser here, and apt-get could not install one (${(thrown as Error).message})`;
  }
}
