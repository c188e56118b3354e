import { existsSync } from 'node:fs';
import path from 'node:path';

/** The root of the checkout: the compiled code runs from dist/, the manifests and stages lie beside the sources. */
export function checkoutRoot(from: string = __dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, 'package.json')) && existsSync(path.join(folder, 'sandbox', 'manifests')))
      return folder;
    if (folder === path.dirname(folder)) throw new Error(`expected the checkout of denis-canary above ${from}`);
  }
}

export function sandboxFile(...parts: string[]): string {
  return path.join(checkoutRoot(), 'sandbox', ...parts);
}
