import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { SEVERITY } from '../../rollout/decide';
import { livelinessOf, type WatchView } from '../../rollout/page/view';
import type { Probe } from '../../rollout/witness';

/** What the watcher reports of itself and of what it sees, for Prometheus. A number that is not known is left out, never 0. */
export class WatcherMetrics {
  private readonly registry = new Registry();
  private readonly up = this.gauge('up', '1 while the last tick is younger than 60 s');
  private readonly leads = this.gauge('leads', '1 while this watcher acts');
  private readonly lastTick = this.gauge('last_tick_timestamp_seconds', 'When the last tick ended, Unix time');
  private readonly verdict = this.gauge('verdict', '1 for the verdict on the live phase', ['phase', 'verdict']);
  private readonly exposure = this.gauge('live_exposure_percent', 'Highest percentage that a Ready pod serves');
  private readonly latched = this.gauge('latched', '1 while a latch or another off stands');
  private readonly blind = this.gauge('blind_seconds', 'How long the watcher has been blind; 0 while it sees');
  private readonly held = this.gauge('rule_held_seconds', 'How long a rollback rule has been violated', ['rule']);
  private readonly fired = this.gauge('rule_fired', '1 once a rollback rule has fired', ['rule']);
  private readonly probeUp = new Gauge({
    name: 'denis_canary_chat_probe_up',
    help: '1 unless /chat did not answer the last probe, or with a 5xx',
    registers: [this.registry],
  });
  private readonly ticks = new Histogram({
    name: 'denis_canary_watcher_tick_seconds',
    help: 'How long a tick took',
    buckets: [0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 30],
    registers: [this.registry],
  });
  private readonly probes = new Counter({
    name: 'denis_canary_chat_probe_total',
    help: 'Probes of /chat by result',
    labelNames: ['result'],
    registers: [this.registry],
  });
  private readonly ooms = new Counter({
    name: 'denis_canary_worker_oom_total',
    help: 'Containers of workers that were OOM-killed, each once',
    registers: [this.registry],
  });

  constructor() {
    for (const result of ['good', 'refused', 'down'] as const) this.probes.inc({ result }, 0);
  }

  ticked(seconds: number): void {
    this.ticks.observe(seconds);
  }

  probed(result: Probe['result']): void {
    this.probes.inc({ result });
  }

  oomKilled(): void {
    this.ooms.inc();
  }

  /** Everything in the text format of Prometheus. */
  text(view: WatchView): Promise<string> {
    const { now, leads, tickedAt, status, judgement } = view;
    set(this.up, Number(livelinessOf(view).alive));
    set(this.leads, Number(leads));
    set(this.lastTick, tickedAt);
    set(this.blind, status.blindSince === undefined ? 0 : Math.max(0, now - status.blindSince));
    const probe = status.witness.probes.at(-1);
    set(this.probeUp, probe === undefined ? undefined : Number(probe.result !== 'down'));
    this.judged(judgement.kind === 'read' ? judgement.value : undefined);
    return this.registry.metrics();
  }

  private judged(judgement: Extract<WatchView['judgement'], { kind: 'read' }>['value'] | undefined): void {
    const { decision, standing } = judgement ?? {};
    set(this.exposure, standing?.live.kind === 'known' ? standing.live.percent : undefined);
    set(this.latched, standing === undefined ? undefined : Number(standing.kills.length > 0));
    for (const gauge of [this.verdict, this.held, this.fired]) gauge.reset();
    if (decision === undefined) return;
    const { phase, verdict, facts } = decision;
    for (const one of SEVERITY) this.verdict.set({ phase, verdict: one }, Number(one === verdict));
    for (const { id, held, for: needed, status } of facts.rules) {
      if (status === 'external' || status === 'off') continue;
      if (needed !== undefined) this.held.set({ rule: id }, held);
      this.fired.set({ rule: id }, Number(status === 'fired'));
    }
  }

  private gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name: `denis_canary_watcher_${name}`, help, labelNames, registers: [this.registry] });
  }
}

function set(gauge: Gauge, value: number | undefined): void {
  if (value === undefined) gauge.remove();
  else gauge.set(value);
}
