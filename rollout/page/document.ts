import { html, type Part } from './html';
import { STYLE } from './style';

export interface DocumentOptions {
  readonly title: string;
  /** Seconds after which a browser asks again; absent: never. */
  readonly refresh?: number;
}

/** A whole page. Nothing in it comes from elsewhere, and no script runs. */
export function htmlDocument({ title, refresh }: DocumentOptions, ...body: readonly Part[]): string {
  const again = refresh === undefined ? undefined : html`<meta http-equiv="refresh" content="${refresh}">`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${again}
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`.markup;
}
