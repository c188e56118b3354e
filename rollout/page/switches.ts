import type { Judgement } from '../assessment';
import type { Reading } from '../cluster';
import { formatTime } from '../format';
import type { Standing } from '../move';
import type { Probe } from '../witness';
import { type Html, html, type Part } from './html';
import { toned } from './tone';
import type { WatchView } from './view';

/** Every way in which the feature can be off, and what the watcher sees itself. */
export function switchesSection({ standing, baseline }: Judgement, { witness }: WatchView['status']): Html {
  const { cluster, switches } = standing;
  const { denis, workers } = cluster;
  const rows: [string, Part][] = [
    ['latch', latchOf(standing)],
    ['environment', onOff(denis?.effective.enabled)],
    ['Redis flag', readOnOff(switches.flag)],
    ['workers', workers === undefined ? 'unknown' : `${workers.readyPods} of ${workers.replicas} Ready`],
    ['chat baseline', baseline === undefined ? 'none' : `p99 ${baseline.chatP99.toFixed(2)} s`],
    ['/chat probes', probesOf(witness.probes)],
    ['OOM-killed', oomsOf(witness.ooms)],
  ];
  return html`<section aria-labelledby="switches">
<h2 id="switches">Switches and witness</h2>
<dl>
${rows.map(
  ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>
`,
)}</dl>
</section>`;
}

function latchOf({ cluster, ledger }: Standing): Part {
  const copied = ledger.kind === 'ledger' && ledger.ledger.latch !== undefined;
  const latched = cluster.denis?.latch !== undefined || copied;
  return latched ? toned('wait', 'latched') : 'none';
}

const onOff = (on: boolean | undefined): Part =>
  on === undefined ? toned('wait', 'unknown') : on ? 'on' : toned('off', 'off');

const readOnOff = (reading: Reading<boolean>): Part =>
  reading.kind === 'read' ? onOff(reading.value) : toned('wait', `unreadable (${reading.reason})`);

const PROBE_TONES = { good: 'good', refused: 'wait', down: 'bad' } as const;

/** Equal results in a row are told together, the newest last. */
function probesOf(probes: readonly Probe[]): Part {
  const newest = probes.at(-1);
  if (newest === undefined) return 'none yet';
  const runs: Probe[][] = [];
  for (const probe of probes) {
    if (runs.at(-1)?.[0]?.result === probe.result) runs.at(-1)!.push(probe);
    else runs.push([probe]);
  }
  return html`<ul class="inline">${runs.map(probeRun)}</ul> newest ${formatTime(newest.at, 'seconds')}`;
}

function probeRun(run: readonly Probe[]): Html {
  const { result, why } = run.at(-1)!;
  return html`<li>${toned(PROBE_TONES[result], `${run.length} ${result}${why === undefined ? '' : ` (${why})`}`)}</li> `;
}

function oomsOf(ooms: WatchView['status']['witness']['ooms']): Part {
  if (ooms.length === 0) return 'none';
  return html`<ul class="inline">${ooms.map(({ pod, container, at }) => html`<li>${toned('bad', `${pod}/${container} ${formatTime(at, 'seconds')}`)}</li> `)}</ul>`;
}
