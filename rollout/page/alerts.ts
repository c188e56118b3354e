import { formatDuration, seconds, unixSeconds } from '../../phases/units';
import { formatTime } from '../format';
import type { Incident } from '../watcherStatus';
import { type Html, html } from './html';
import { timeOf } from './isoTime';
import type { Tone } from './tone';
import { ageAt, type WatchView } from './view';

/** Something that must not be overlooked. */
export interface Alert {
  readonly tone: Extract<Tone, 'bad' | 'wait'>;
  readonly title: string;
  readonly text: string;
}

/** The most urgent first. That the feature is off is no alert: the headline says it, and why. */
export function alertsOf({
  judgement,
  status,
  now,
}: Pick<WatchView, 'judgement' | 'status' | 'now'>): readonly Alert[] {
  const alerts: Alert[] = [];
  if (status.incident !== undefined) alerts.push(incidentAlert(status.incident));
  if (judgement.kind === 'read') {
    const { live, kills } = judgement.value.standing;
    const percent = live.kind === 'known' ? live.percent : undefined;
    if (kills.length > 0 && percent !== 0) {
      const title = percent === undefined ? 'Killed, and not known to be off' : `Killed, but ${percent} % is live`;
      alerts.push({ tone: 'bad', title, text: kills.join('; ') });
    }
  }
  if (status.blindSince !== undefined) {
    const since = unixSeconds(status.blindSince);
    const text = `for ${formatDuration(ageAt(now, since))}, since ${formatTime(since, 'seconds')}; the phase is kept, and nothing is rolled back for want of data`;
    alerts.push({ tone: 'bad', title: 'Blind', text });
  }
  return alerts;
}

function incidentAlert({ verdict, sentence, since, killedAt, recoveredAt, escalatedAt }: Incident): Alert {
  const passed = (what: string, then: string): string => `${what} ${after(since, then)}`;
  const steps = [
    sentence,
    killedAt === undefined ? 'not confirmed off yet' : passed('confirmed off', killedAt),
    ...(recoveredAt !== undefined
      ? [passed('recovered', recoveredAt)]
      : killedAt !== undefined
        ? ['not recovered yet']
        : []),
    ...(escalatedAt === undefined ? [] : [passed('escalated', escalatedAt)]),
  ];
  const tone = recoveredAt === undefined ? 'bad' : 'wait';
  return { tone, title: `${verdict} ${timeOf(since)}`, text: steps.join('; ') };
}

function after(since: string, then: string): string {
  const passed = (Date.parse(then) - Date.parse(since)) / 1000;
  return Number.isNaN(passed) ? then : `after ${formatDuration(seconds(Math.round(passed)))}`;
}

export function alertsSection(view: WatchView): Html {
  return html`${alertsOf(view).map(
    ({ tone, title, text }) => html`<section class="alert ${tone}"><h2>${title}</h2><p>${text}</p></section>
`,
  )}`;
}
