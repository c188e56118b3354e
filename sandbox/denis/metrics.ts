import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { RecentRatio } from './recentRatio';
import type { Effects } from './scenario';

const SECONDS = {
  job: [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 10, 12, 15, 20, 30, 60],
  chat: [0.05, 0.1, 0.15, 0.2, 0.25, 0.28, 0.3, 0.32, 0.34, 0.36, 0.38, 0.4, 0.42, 0.45, 0.5, 0.6, 0.8, 1, 2, 5],
  graph: [0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.25, 0.5, 1, 2.5],
};

export interface GaugeFacts {
  effects: Effects;
  nowMs: number;
  pct: number;
  queueDepth: number;
  /** Unix seconds of the newest heartbeat; undefined while there was none. */
  workerSeen: number | undefined;
  /** A factor near 1 for the gauge of this name. */
  jitter: (name: string) => number;
}

/** Every series of one pod. The gauges are set when somebody reads them; the counters count as things happen. */
export class PodMetrics {
  private readonly registry = new Registry();
  /** What remains when the service reports none of its own series. */
  private readonly bare = new Registry();
  private readonly recentJobs = new RecentRatio();

  private readonly gauges = {
    success: this.gauge('materializer_success_rate', 'Share of the jobs of the last seconds that succeeded', ['shard']),
    jobP99: this.gauge('materializer_latency_p99', '99th percentile of the job latency, seconds'),
    errors: this.gauge('error_rate', 'Share of all requests that failed', ['shard']),
    chatP99: this.gauge('chat_latency_p99', '99th percentile of the chat latency, seconds'),
    queue: this.gauge('queue_depth', 'Jobs that wait', ['queue']),
    workerSeen: this.gauge('worker_seen', 'Unix time of the newest heartbeat of a worker'),
    graphP99: this.gauge('graph_write_latency_p99', '99th percentile of the graph write latency, seconds'),
    memory: this.gauge('memory_usage', 'Share of the memory limit in use', ['component']),
    uptime: this.gauge('uptime', 'The service runs'),
    pct: this.gauge('materializer_pct', 'Configured percentage of the users on the new path'),
  };
  private readonly enqueuedCounter = this.counter('materializer_new', 'Jobs that this pod enqueued');
  private readonly dropsCounter = this.counter('decisiontrace_drops', 'Decision traces that were not written');
  private readonly jobsCounter = this.counter('materializer_jobs_total', 'Finished jobs', ['result']);
  private readonly requestsCounter = this.counter('http_requests_total', 'Requests to /chat', ['code']);
  private readonly jobSeconds = this.histogram('materializer_latency_seconds', 'Job latency', SECONDS.job);
  private readonly chatSeconds = this.histogram('chat_latency_seconds', 'Chat latency', SECONDS.chat);
  private readonly graphSeconds = this.histogram('graph_write_latency_seconds', 'Graph write latency', SECONDS.graph);

  constructor() {
    for (const result of ['success', 'failure']) this.jobsCounter.inc({ result }, 0);
    for (const code of ['200', '500']) this.requestsCounter.inc({ code }, 0);
    new Gauge({ name: 'denis_build_info', help: 'Always 1', registers: [this.bare] }).set(1);
  }

  enqueued(jobs: number): void {
    this.enqueuedCounter.inc(jobs);
  }

  jobFinished(nowMs: number, success: boolean, seconds: { job: number; graph: number }): void {
    this.recentJobs.add(nowMs, success);
    this.jobsCounter.inc({ result: success ? 'success' : 'failure' });
    this.jobSeconds.observe(seconds.job);
    this.graphSeconds.observe(seconds.graph);
  }

  /** @param seconds undefined for a request that never got to the model */
  request(code: number, seconds?: number): void {
    this.requestsCounter.inc({ code: String(code) });
    if (seconds !== undefined) this.chatSeconds.observe(seconds);
  }

  tracesDropped(traces: number): void {
    this.dropsCounter.inc(traces);
  }

  /** The text of `/metrics`. */
  async render(facts: GaugeFacts): Promise<string> {
    if (facts.effects.silent) return this.bare.metrics();
    this.setGauges(facts);
    return this.registry.metrics();
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  private setGauges({ effects, nowMs, pct, queueDepth, workerSeen, jitter }: GaugeFacts): void {
    const { gauges } = this;
    const measured = (value: number): number => (effects.nan ? Number.NaN : value);
    const ratios = [
      [gauges.success, this.recentJobs.value(nowMs)],
      [gauges.errors, effects.chatFailures],
    ] as const;
    for (const [gauge, value] of ratios) {
      gauge.reset();
      gauge.set(measured(value * effects.ratioScale));
      if (effects.duplicates) gauge.set({ shard: 'second' }, measured(value * effects.ratioScale));
    }
    const latencies = [
      ['materializer', gauges.jobP99, effects.jobP99],
      ['chat', gauges.chatP99, effects.chatP99],
      ['graph', gauges.graphP99, effects.graphP99],
    ] as const;
    for (const [name, gauge, value] of latencies) gauge.set(measured(value * jitter(name)));
    for (const component of ['api', 'workers'] as const) {
      gauges.memory.set({ component }, effects.memory[component] * effects.ratioScale * jitter(component));
    }
    gauges.queue.set({ queue: 'tools_mut' }, queueDepth);
    const seen = effects.workersSeen ?? workerSeen;
    if (seen === undefined) gauges.workerSeen.remove();
    else gauges.workerSeen.set(seen);
    gauges.uptime.set(1);
    gauges.pct.set(pct);
  }

  private gauge(name: string, help: string, labelNames: string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private counter(name: string, help: string, labelNames: string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  private histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help: `${help}, seconds`, buckets, registers: [this.registry] });
  }
}
