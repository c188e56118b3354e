import { type Html, html } from './html';
import type { Tone } from './tone';

/** How much of a whole, as a picture of what the text beside it says. Attributes instead of styles: the page's policy allows no inline style. */
export function bar(share: number, tone: Tone): Html {
  const width = Number.isFinite(share) ? Math.min(100, Math.max(0, share * 100)) : 0;
  return html`<svg class="bar ${tone}" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect class="whole" width="100" height="1"/><rect class="part" width="${width.toFixed(1)}" height="1"/></svg>`;
}
