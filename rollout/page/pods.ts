import type { PodState } from '../cluster';
import type { Standing } from '../move';
import { type Column, dataTable } from './dataTable';
import { type Html, html } from './html';
import { toned } from './tone';

const COLUMNS: readonly Column[] = [
  { title: 'pod' },
  { title: 'serves' },
  { title: 'move' },
  { title: 'told to stop', place: 'text' },
  { title: 'state', place: 'result' },
];

/** What each pod of Denis serves. */
export function podsSection({ cluster, switches, live }: Standing): Html {
  const rows = (cluster.denis?.pods ?? []).map((pod) => [
    pod.name,
    served(pod),
    pod.move ?? '–',
    toldToStop(switches.killed.get(pod.name)),
    state(pod, live),
  ]);
  return html`<section aria-labelledby="pods">
<h2 id="pods">Pods</h2>
${rows.length === 0 ? html`<p>No pod of Denis is there.</p>` : dataTable('Exposure of each pod', COLUMNS, rows)}
</section>`;
}

function served({ serves }: PodState): string {
  if (serves.enabled === false) return 'off';
  return serves.enabled === undefined || serves.pct === undefined ? 'unknown' : `${serves.pct} %`;
}

function toldToStop(killed: ReturnType<Standing['switches']['killed']['get']>): string {
  if (killed === undefined) return '–';
  return killed.kind === 'unreadable' ? `unreadable (${killed.reason})` : killed.value ? 'yes' : 'no';
}

/** A pod that serves less than another one runs an older exposure, or was switched off by itself. */
function state({ ready, serves }: PodState, live: Standing['live']): Html {
  if (!ready) return toned('wait', 'not Ready');
  const percent = serves.enabled === false ? 0 : serves.pct;
  return live.kind === 'known' && live.percent > 0 && percent !== live.percent
    ? toned('wait', 'differs')
    : toned('good', 'Ready');
}
