import type { Judgement } from '../assessment';
import { formatTime } from '../format';
import { type Html, html } from './html';
import { toned, VERDICT_TONES } from './tone';
import type { WatchView } from './view';

/** What was found beside the verdict, and what to be careful about. */
export function findingsSection({ decision, warnings }: Judgement): Html | undefined {
  // What would be said if the others were not there says nothing here.
  const findings =
    decision?.findings.slice(1).filter(({ verdict }) => !['PROMOTE', 'COMPLETE'].includes(verdict)) ?? [];
  if (findings.length + warnings.length === 0) return undefined;
  return html`<section aria-labelledby="findings">
<h2 id="findings">Also</h2>
<ul class="lines">
${findings.map(
  ({ verdict, sentence }) => html`<li>${toned(VERDICT_TONES[verdict], verdict)} ${sentence}</li>
`,
)}${warnings.map(
  (warning) => html`<li>${toned('wait', 'warning')} ${warning}</li>
`,
)}</ul>
</section>`;
}

const SEVERITIES = {
  info: toned('info', 'info'),
  warning: toned('wait', 'warning'),
  page: toned('bad', 'paged'),
};

/** What the watcher did and found out, newest first. */
export function recentSection({ recent }: WatchView): Html {
  const lines = recent.map(
    ({
      at,
      severity,
      text,
    }) => html`<li><time datetime="${new Date(at * 1000).toISOString()}">${formatTime(at, 'seconds')}</time> ${SEVERITIES[severity]} ${text}</li>
`,
  );
  return html`<section aria-labelledby="recent">
<h2 id="recent">Recently</h2>
${lines.length === 0 ? html`<p class="soft">Nothing yet.</p>` : html`<ul class="lines">${lines}</ul>`}
</section>`;
}
