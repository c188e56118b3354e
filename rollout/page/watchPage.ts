import { formatDuration } from '../../phases/units';
import { formatTime } from '../format';
import { alertsSection } from './alerts';
import { checksSection } from './checks';
import { htmlDocument } from './document';
import { headlineOf, headlineSection } from './headline';
import { type Html, html } from './html';
import { ladderSection } from './ladder';
import { findingsSection, recentSection } from './lines';
import { podsSection } from './pods';
import { rulesSection } from './rules';
import { sidesSection } from './sides';
import { switchesSection } from './switches';
import { ageAt, livelinessOf, type WatchView } from './view';

/** As often as the watcher looks. */
const REFRESH = 10;

/** The watcher's live page. Pure. @param still whether it stays as it is instead of being asked for again */
export function watchPage(view: WatchView, { still = false } = {}): string {
  const { judgement, assessment, status } = view;
  const { word, move } = headlineOf(view);
  const title = [word, move, 'denis-canary'].filter((one) => one !== undefined).join(' · ');
  const sections =
    judgement.kind === 'unreadable'
      ? []
      : [
          ladderSection(judgement.value),
          judgement.value.decision && checksSection(judgement.value.decision, assessment),
          judgement.value.decision && rulesSection(judgement.value.decision),
          sidesSection(judgement.value.sides, judgement.value.at),
          findingsSection(judgement.value),
          html`<div class="pair">
${podsSection(judgement.value.standing)}
${switchesSection(judgement.value, status)}
</div>`,
        ];
  return htmlDocument(
    { title, ...(still ? {} : { refresh: REFRESH }) },
    header(view),
    html`<main>
${alertsSection(view)}
${headlineSection(view)}
${sections}
${recentSection(view)}
</main>`,
    footer(view, still),
  );
}

function header(view: WatchView): Html {
  const { judgement, leads, heartbeat, now } = view;
  const context = judgement.kind === 'read' ? judgement.value.standing.cluster.context : undefined;
  const leader = leads
    ? 'this watcher leads'
    : heartbeat === undefined
      ? 'this watcher stands by; who leads is unknown'
      : `this watcher stands by; ${heartbeat.holder} leads`;
  const beat =
    heartbeat === undefined ? 'no heartbeat' : `heartbeat ${formatDuration(ageAt(now, heartbeat.renewedAt))} ago`;
  return html`<header>
<p><strong>denis-canary</strong>${context === undefined ? undefined : html` on ${context}`}</p>
<p>${leader} · ${beat} · ${livelinessOf(view).sentence}</p>
</header>
`;
}

function footer({ now, started, judgement }: WatchView, still: boolean): Html {
  const grafana = judgement.kind === 'read' ? judgement.value.grafana : undefined;
  const isLink = grafana !== undefined && /^https?:\/\//.test(grafana);
  return html`
<footer>
<p>${formatTime(now, 'seconds')}, watching since ${formatTime(started, 'seconds')}; ${still ? html`this page stands still, <a href="/">follow again</a>` : html`again every ${REFRESH} s, <a href="/?still">stand still</a>`}</p>
<nav aria-label="More"><a href="/evidence">evidence</a> <a href="/metrics">metrics</a> <a href="/healthz">health</a>${isLink ? html` <a href="${grafana}" rel="noreferrer">dashboard</a>` : undefined}</nav>
</footer>`;
}
