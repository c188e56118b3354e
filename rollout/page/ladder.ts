import { LADDER } from '../../phases/ladder';
import { formatDuration } from '../../phases/units';
import type { Judgement } from '../assessment';
import type { Decision } from '../decide';
import { formatTime } from '../format';
import { bar } from './bar';
import { type Html, html } from './html';

/** The phases from left to right with the live one marked, and how far its window is. */
export function ladderSection({ standing, decision }: Judgement): Html {
  const live = standing.live.kind === 'known' ? standing.live.percent : undefined;
  const permitted = standing.ledger.kind === 'ledger' ? `${standing.ledger.ledger.permitted} %` : standing.ledger.kind;
  const served = live === undefined ? 'unknown' : `${live} %`;
  return html`<section aria-labelledby="ladder">
<h2 id="ladder">Exposure</h2>
<p><strong>${served}</strong> live, at most <strong>${permitted}</strong> permitted</p>
<ol class="ladder">
${LADDER.map(({ exposure, name }, index) => step(exposure, name, index, live))}
</ol>
${decision === undefined ? undefined : windowProgress(decision)}
</section>`;
}

function step(exposure: number, name: string, index: number, live: number | undefined): Html {
  const isLive = live === exposure;
  const state = isLive ? 'live' : live !== undefined && live > exposure ? 'passed' : '';
  return html`<li class="step rise-${index} ${state}"${isLive ? html` aria-current="step"` : undefined}><b>${exposure} %</b><span class="name">${name}</span><span class="state">${state}</span></li>
`;
}

function windowProgress({ facts, sentence }: Decision): Html {
  const { counted, needed, complete, completeAt, uncounted } = facts.window;
  const at = completeAt === undefined ? undefined : formatTime(completeAt);
  const end = complete
    ? ', complete'
    : at === undefined || sentence.includes(at)
      ? ''
      : `, complete ${at} at the earliest`;
  return html`<p>window <strong>${formatDuration(counted)}</strong> of ${formatDuration(needed)}${end}</p>
${bar(counted / needed, complete ? 'good' : 'info')}
${uncounted.map((one) => html`<p class="soft">not counted: ${one}</p>`)}`;
}
