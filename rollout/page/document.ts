import { type Html, html, type Part } from './html';
import { STYLE } from './style';

export interface DocumentOptions {
  readonly title: string;
  /** Seconds after which a browser asks again; absent: never. */
  readonly refresh?: number;
  /** Content security policy of a page that no server sends; it must have the hash of the style. */
  readonly policy?: string;
  /** @default the pages' own */
  readonly style?: Html;
}

/** A whole page. Nothing in it comes from elsewhere, and no script runs. */
export function htmlDocument(
  { title, refresh, policy, style = STYLE }: DocumentOptions,
  ...body: readonly Part[]
): string {
  const again = refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${refresh}">`;
  const guard =
    policy === undefined ? undefined : html`<meta http-equiv="Content-Security-Policy" content="${policy}">`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${guard}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${again}
<title>${title}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`.markup;
}
