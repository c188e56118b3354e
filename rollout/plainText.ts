/** Without what would be shown as nothing, turn the text around or ask for endless marks: control and format characters, halves of pairs. */
export const plainText = (text: string): string =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, '  ')
    .replace(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/\p{Cs}/gu, '\uFFFD');

/** The same in one line. */
export const plainLine = (text: string): string => plainText(text).replaceAll('\n', ' ');

/** At most so many UTF-16 units, never half a character; what is cut off is an ellipsis. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  return `${text.slice(0, most - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** Whole lines from the beginning, where the verdict stands. @param note last line of a text that was cut */
export function shortened(text: string, most: number, note: string): string {
  if (text.length <= most) return text;
  const room = most - note.length - 1;
  const whole = text
    .slice(0, room + 1)
    .split('\n')
    .slice(0, -1);
  return [...(whole.length > 0 ? whole : [clipped(text, room)]), note].join('\n');
}
