/** Markup that is safe to send: made by {@link html} alone, which escapes whatever is put into it. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What may stand in a template; nothing for `undefined`. */
export type Part = Html | string | number | undefined | readonly Part[];

/** A piece of a page. Texts are escaped, so that a label, a reason or a pod's name is never more than text. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((literal, index) => `${literal}${markupOf(parts[index])}`).join(''));
}

function markupOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.markup;
  if (typeof part === 'number') return String(part);
  return typeof part === 'string' ? escaped(part) : part.map(markupOf).join('');
}

/** Longer texts are cut: a page stays readable whatever somebody wrote into a reason. */
const LONGEST = 600;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  const short = text.length > LONGEST ? `${[...text.slice(0, LONGEST)].slice(0, -1).join('')}…` : text;
  return shown(short).replace(/[&<>"']/g, (sign) => ENTITIES[sign]!);
}

/** Signs that draw nothing, or turn the direction of what follows, become visible. */
const shown = (text: string): string =>
  text.replace(
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
