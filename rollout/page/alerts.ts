import { formatDuration, unixSeconds } from '../../phases/units';
import { formatTime } from '../format';
import type { WatcherStatus } from './contracts';
import { type Html, html } from './html';
import type { Tone } from './tone';
import { ageAt, type WatchView } from './view';

/** Something that must not be overlooked. */
export interface Alert {
  readonly tone: Extract<Tone, 'bad' | 'wait'>;
  readonly title: string;
  readonly text: string;
}

/** The most urgent first. */
export function alertsOf(view: WatchView): readonly Alert[] {
  const { judgement, status, now } = view;
  const alerts: Alert[] = [];
  if (status.incident !== undefined) alerts.push(incidentAlert(status.incident));
  if (judgement.kind === 'read') {
    const { live, kills } = judgement.value.standing;
    const off = live.kind === 'known' && live.percent === 0;
    if (kills.length > 0) {
      const title = off
        ? 'Turned off'
        : live.kind === 'known'
          ? `Turned off, but ${live.percent} % is live`
          : 'Turned off';
      alerts.push({ tone: off ? 'wait' : 'bad', title, text: kills.join('; ') });
    }
  }
  if (status.blindSince !== undefined) {
    const since = unixSeconds(status.blindSince);
    const text = `for ${formatDuration(ageAt(now, since))}, since ${formatTime(since, 'seconds')}; the phase is kept, and nothing is rolled back for want of data`;
    alerts.push({ tone: 'bad', title: 'Blind', text });
  }
  return alerts;
}

function incidentAlert({
  verdict,
  sentence,
  since,
  killedAt,
  recoveredAt,
  escalatedAt,
}: NonNullable<WatcherStatus['incident']>): Alert {
  const steps = [
    `${sentence} (${short(since)})`,
    killedAt === undefined ? 'not confirmed off yet' : `confirmed off ${short(killedAt)}`,
    ...(killedAt === undefined
      ? []
      : [recoveredAt === undefined ? 'not recovered yet' : `recovered ${short(recoveredAt)}`]),
    ...(escalatedAt === undefined ? [] : [`escalated ${short(escalatedAt)}`]),
  ];
  return { tone: recoveredAt === undefined ? 'bad' : 'wait', title: verdict, text: steps.join('; ') };
}

/** An ISO time to the second; what is none stays as it is. */
function short(iso: string): string {
  const time = Date.parse(iso) / 1000;
  return Number.isNaN(time) ? iso : formatTime(unixSeconds(time), 'seconds');
}

export function alertsSection(view: WatchView): Html {
  return html`${alertsOf(view).map(
    ({ tone, title, text }) => html`<section class="alert ${tone}"><h2>${title}</h2><p>${text}</p></section>
`,
  )}`;
}
