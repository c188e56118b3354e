import { formatDuration } from '../../phases/units';
import type { Judgement } from '../assessment';
import { moveName } from '../table';
import { type Html, html } from './html';
import { type Tone, VERDICT_TONES } from './tone';
import { ageAt, livelinessOf, type WatchView } from './view';

/** The one thing to know. */
export interface Headline {
  readonly word: string;
  readonly tone: Tone;
  readonly sentence: string;
  /** Which move it is about; absent where nothing could be read. */
  readonly move?: string;
  readonly todo: readonly string[];
}

/** What nobody knows now comes before what was judged: an old verdict must not look like a present one. */
export function headlineOf(view: WatchView): Headline {
  const { judgement } = view;
  const { alive, sentence } = livelinessOf(view);
  if (!alive) return { word: 'NOT WATCHING', tone: 'bad', sentence, todo: ['start the watcher again'] };
  if (judgement.kind === 'unreadable') return { word: 'BLIND', tone: 'bad', sentence: judgement.reason, todo: [] };
  return judged(judgement.value);
}

function judged({ standing, decision, permit, beside }: Judgement): Headline {
  const { live, kills, target } = standing;
  const todo = permit.allowed ? [] : [...new Set(permit.todo)];
  if (decision !== undefined) {
    const { verdict, sentence } = decision;
    return { word: verdict, tone: VERDICT_TONES[verdict], sentence, move: moveName({ standing, permit }), todo };
  }
  if (live.kind === 'unknown') {
    return { word: 'UNKNOWN', tone: 'bad', sentence: `live exposure: ${live.reasons.join('; ')}`, todo };
  }
  if (live.percent > 0) {
    const sentence = beside.preflight[0] ?? 'the live phase could not be judged';
    return { word: 'WAITING', tone: 'info', sentence, move: target.stack, todo: [] };
  }
  return { word: 'OFF', tone: 'off', sentence: kills.join('; ') || 'nothing is live', todo };
}

/** Whether there may be something to turn off. */
function mayBeOn({ judgement }: WatchView): boolean {
  if (judgement.kind === 'unreadable') return true;
  const { live } = judgement.value.standing;
  return live.kind === 'unknown' || live.percent > 0;
}

export function headlineSection(view: WatchView): Html {
  const { word, tone, sentence, move, todo } = headlineOf(view);
  const judgedAt = view.judgement.kind === 'read' ? view.judgement.value.at : undefined;
  const age =
    judgedAt === undefined
      ? undefined
      : html`<p class="soft">judged ${formatDuration(ageAt(view.now, judgedAt))} ago</p>`;
  return html`<section class="headline ${tone}" aria-labelledby="verdict">
<p class="move">${move ?? 'the rollout'}</p>
<h1 id="verdict">${word}</h1>
<p class="sentence">${sentence}</p>
${todo.map((one) => html`<p><strong>do:</strong> ${one}</p>`)}
${age}
${mayBeOn(view) ? html`<p class="soft">To turn the feature off now: <code>npm run kill -- --reason "…"</code></p>` : undefined}
</section>`;
}
