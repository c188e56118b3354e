/**
 * An address as a link may show it: http or https, without user and password; what could end a link, or begin something
 * else in a markup language, is encoded, which means the same. Undefined where it is no such address.
 */
export function webAddress(address: string): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
  url.username = '';
  url.password = '';
  return url.href.replace(/[^\w:/.?#&=%~+,;-]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
