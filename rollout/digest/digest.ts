import { DASHBOARD_LINES } from '../../phases/dashboard-lines';
import { formatDuration, type Seconds, type UnixSeconds, unixSeconds } from '../../phases/units';
import type { Judgement } from '../assessment';
import { formatTime } from '../format';
import { alertsOf } from '../page/alerts';
import type { Tone } from '../page/tone';
import type { WatchView } from '../page/view';
import type { RuleResult } from '../rollback';
import { headline } from '../table';
import { type Panel, panelOf } from './panel';

/** What a watcher knows, as far as a digest tells it. */
export type DigestInput = Pick<WatchView, 'now' | 'judgement' | 'assessment' | 'status'>;

/** The dashboard and the alerts at one moment, for people who do not look at them. */
export interface Digest {
  /** `canary-100   MONITOR   window 30h00m of 72h00m, …` */
  readonly title: string;
  readonly from: UnixSeconds;
  readonly to: UnixSeconds;
  readonly panels: readonly Panel[];
  /** What fires, holds or is not known, the most urgent first; empty: everything was looked at, and nothing does. */
  readonly alerts: readonly DigestAlert[];
}

export interface DigestAlert {
  readonly tone: Extract<Tone, 'bad' | 'wait'>;
  readonly text: string;
}

/**
 * The digest of the plan's 72 h watch. Pure.
 * @param length how far back the panels go; samples that were not fetched are gaps
 */
export function digestOf(input: DigestInput, length: Seconds): Digest {
  const { judgement, assessment, now } = input;
  const judged = judgement.kind === 'read' ? judgement.value : undefined;
  const baseline = judged?.decision?.facts.baseline ?? judged?.baseline;
  const to = assessment?.at ?? now;
  return {
    title: judgement.kind === 'read' ? headline(judgement.value) : `BLIND   ${judgement.reason}`,
    from: unixSeconds(to - length),
    to,
    panels: DASHBOARD_LINES.map((spec) => panelOf(spec, { assessment, baseline, length })),
    alerts: [
      ...alertsOf(input).map(({ tone, title, text }): DigestAlert => ({ tone, text: `${title}: ${text}` })),
      ...(judged === undefined ? [NOT_JUDGED] : judgedAlerts(judged)),
    ].sort((a, b) => Number(b.tone === 'bad') - Number(a.tone === 'bad')),
  };
}

const NOT_JUDGED: DigestAlert = { tone: 'bad', text: 'nothing could be judged, so nobody knows what would fire' };

function judgedAlerts({ decision, standing: { live } }: Judgement): readonly DigestAlert[] {
  if (decision === undefined) {
    if (live.kind === 'known' && live.percent === 0) return [];
    return [{ tone: 'wait', text: 'the live phase is not judged now, so nobody knows what would fire' }];
  }
  const checks = decision.checks.flatMap(({ status, sentence }): DigestAlert[] => {
    if (status === 'pass' || status === 'off') return [];
    return [{ tone: status === 'fail' ? 'bad' : 'wait', text: sentence }];
  });
  return [...decision.facts.rules.flatMap(ruleAlert), ...checks];
}

function ruleAlert({ status, title, verdict, value, held, firedAt, for: needed }: RuleResult): DigestAlert[] {
  const now = value === undefined ? '' : `, now ${value}`;
  switch (status) {
    case 'fired': {
      const since = firedAt === undefined ? '' : ` since ${formatTime(firedAt, 'seconds')}`;
      return [{ tone: 'bad', text: `${verdict}: ${title} fires${since}${now}` }];
    }
    case 'violated': {
      const of = needed === undefined ? '' : ` for ${formatDuration(held)} of ${formatDuration(needed)}`;
      return [{ tone: 'wait', text: `${title} is violated${of}${now}` }];
    }
    case 'missing':
      return [{ tone: 'wait', text: `${title} cannot be known now` }];
    case 'external':
      return [{ tone: 'wait', text: `${title} is watched by another system, not here` }];
    case 'quiet':
    case 'off':
      return [];
  }
}
