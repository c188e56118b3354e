import { phaseNamed } from '../phases/ladder';
import { formatDuration, seconds, type UnixSeconds } from '../phases/units';
import type { Backtest, SegmentReport } from './backtest';
import type { Verdict } from './decide';
import { formatNumber, formatTime } from './format';
import type { RuleReport } from './ruleReport';
import type { Said } from './segmentWatch';
import { laidOut } from './table';

/** A backtest as people read it. Plain text without colours, all times in UTC. */
export function backtestTable(backtest: Backtest): string {
  const { from, to, step, assumed, segments, warnings } = backtest;
  const how = assumed === undefined ? '' : `, as if ${assumed} had been live`;
  const lines = [`${formatTime(from)} – ${formatTime(to)}${how}; judged at least every ${formatDuration(step)}`];
  lines.push(...warnings.map((warning) => `  warning: ${warning}`));
  for (const segment of segments) lines.push('', ...segmentLines(segment, backtest));
  return lines.join('\n');
}

function segmentLines(segment: SegmentReport, { timezone }: Backtest): string[] {
  const { percent, from, to, next, watched } = segment;
  const then =
    next === undefined ? 'the end of the span' : next === percent ? 'new pods of the same percentage' : `${next} %`;
  const length = formatDuration(seconds(to - from));
  const name = watched?.phase ?? (percent === 0 ? 'off' : 'no phase');
  const head = `${name}   ${percent} %   ${formatTime(from)} – ${formatTime(to)} (${length}), then ${then}`;
  if (watched === undefined) return [head];
  const { phase, baseline, promoted, takenBack, jobs, rules, spans } = watched;
  const hours = phaseNamed(phase)?.hours;
  const lines = [head];
  if (hours !== undefined) {
    lines.push(`  counted hours: ${hours.from}–${hours.to} of ${timezone} (canary:timezone), Monday to Friday`);
  }
  lines.push(`  baseline of chat p99: ${baseline === undefined ? 'none' : formatNumber('seconds', baseline.chatP99)}`);
  lines.push(`  jobs: ${jobs ?? 'none counted'}`);
  lines.push(`  ${said(phase === 'canary-100' ? 'COMPLETE' : 'PROMOTE', promoted)}`);
  lines.push(`  ${said('ROLLBACK', takenBack)}`);
  if (takenBack !== undefined && takenBack.at < to) {
    lines.push('  note: it would have been off from then on; what is below went on without that');
  }
  lines.push(...laidOut({ columns: RULE_COLUMNS, rows: rules.map(ruleRow) }));
  const verdicts = spans.map((span) => [span.verdict, formatTime(span.from), formatTime(span.to), span.sentence]);
  lines.push(...laidOut({ columns: SPAN_COLUMNS, rows: verdicts }));
  return lines;
}

function said(expected: Verdict, first: Said | undefined): string {
  if (first === undefined) return `${expected}: never`;
  return `${first.verdict}: first at ${formatTime(first.at, 'seconds')}, ${first.sentence}`;
}

const RULE_COLUMNS = ['rule', 'fired', 'lasted', 'for', 'then'] as const;
const SPAN_COLUMNS = ['verdict', 'from', 'to', 'why'] as const;

function ruleRow(rule: RuleReport): string[] {
  const { title, verdict, status, firedAt, held } = rule;
  const needed = rule.for === undefined ? '–' : formatDuration(rule.for);
  switch (status) {
    case 'fired':
      return [title, timeOf(firedAt), formatDuration(held), needed, verdict];
    case 'quiet':
      return [title, 'never', held === 0 ? '–' : `${formatDuration(held)} at most`, needed, '–'];
    case 'unknown':
      return [title, 'cannot be known', '–', needed, '–'];
    case 'off':
      return [title, 'switched off', '–', needed, '–'];
  }
}

const timeOf = (time: UnixSeconds | undefined): string => (time === undefined ? '–' : formatTime(time, 'seconds'));
