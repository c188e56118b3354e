import { phaseNamed } from '../phases/ladder';
import type { RuleSpec } from '../phases/phase';
import { missingSentence } from './check';
import { formatNumber, formatRatio } from './format';
import type { Measurement } from './measurement';
import { type Present, presently } from './presently';
import type { Incident } from './watcherStatus';
import type { Probe, Witness } from './witness';

/** What tells, with the feature off, whether Denis is well: the metrics that rules look at and that do not come from the feature itself. */
export interface Globals {
  readonly error?: Measurement;
  readonly queue?: Measurement;
  readonly chat?: Measurement;
  readonly memoryApi?: Measurement;
  readonly memoryWorkers?: Measurement;
}

/** Measures them at a moment; a metric that is switched off is left out. */
export function globalsOf(present: Present): Globals {
  const { series } = present;
  const memory = (component: 'api' | 'workers') => presently(present, 'memory_usage', { component });
  return {
    ...(series.error_rate.kind === 'off' ? {} : { error: presently(present, 'error_rate') }),
    ...(series.queue_depth.kind === 'off' ? {} : { queue: presently(present, 'queue_depth') }),
    ...(series.chat_latency_p99.kind === 'off' ? {} : { chat: presently(present, 'chat_latency_p99') }),
    ...(series.memory_usage.kind === 'off' ? {} : { memoryApi: memory('api'), memoryWorkers: memory('workers') }),
  };
}

/**
 * What is not back inside the limits of the rules that watched the phase, once it is off. After an EMERGENCY nothing drains the
 * queue, and no worker has a memory.
 * @returns a sentence each; empty when Denis is well
 */
export function notBack(incident: Incident, globals: Globals | undefined, { probes }: Witness): string[] {
  if (globals === undefined) return ['the metrics were not read'];
  return phaseNamed(incident.phase)!.rules.flatMap((rule) => ruleNotBack(rule, incident, globals, probes));
}

function ruleNotBack(rule: RuleSpec, incident: Incident, globals: Globals, probes: readonly Probe[]): string[] {
  const workers = incident.verdict !== 'EMERGENCY';
  switch (rule.id) {
    case 'error-above':
      return above('error rate', globals.error, rule.limit, (value) => formatNumber('ratio', value, rule.limit));
    case 'queue-above':
      return workers ? above('queue depth', globals.queue, rule.limit, (value) => formatNumber('jobs', value)) : [];
    case 'memory-above': {
      const say = (value: number): string => formatNumber('ratio', value, rule.limit);
      const ofWorkers = workers ? above('memory workers', globals.memoryWorkers, rule.limit, say) : [];
      return [...above('memory api', globals.memoryApi, rule.limit, say), ...ofWorkers];
    }
    case 'chat-p99-above-baseline': {
      if (incident.baseline === undefined) return [];
      const limit = incident.baseline * (1 + rule.by);
      return above(`chat p99 (baseline +${formatRatio(rule.by)})`, globals.chat, limit, (value) =>
        formatNumber('seconds', value, limit),
      );
    }
    case 'chat-down':
      return chatNotBack(probes, incident);
    // Nothing of the feature runs any more, and every kill of a worker is one that was.
    case 'success-below':
    case 'success-not-above-matrix':
    case 'worker-oom':
      return [];
  }
}

function above(
  title: string,
  measured: Measurement | undefined,
  limit: number,
  say: (value: number) => string,
): string[] {
  if (measured === undefined) return [];
  if (measured.kind !== 'value') return [missingSentence(title, measured)];
  return measured.value > limit ? [`${title} is ${say(measured.value)}, ${say(limit)} is the most`] : [];
}

function chatNotBack(probes: readonly Probe[], { killedAt }: Incident): string[] {
  const after = probes.filter(({ at }) => at > Date.parse(killedAt ?? '') / 1000);
  const newest = after.at(-1);
  if (newest === undefined) return ['/chat was not probed since'];
  return newest.result === 'down' ? [`/chat is down${newest.why === undefined ? '' : ` (${newest.why})`}`] : [];
}
