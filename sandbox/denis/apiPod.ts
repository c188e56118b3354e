import { featureOn, parseEnabled, parsePct, takesNewPath } from './exposure';
import { PodMetrics } from './metrics';

export interface ApiPodIdentity {
  name: string;
  uid: string;
  ip: string;
}

/** One pod of Denis from its start to its end: what it was started with, what it was told, what it counted. */
export class ApiPod {
  readonly pct: number;
  readonly enabled: boolean;
  readonly metrics = new PodMetrics();
  /** The Service sends it requests. */
  ready = false;
  /** When it was told to stop; only the end of the pod forgets it. */
  killedSince: Date | undefined;
  traceWrites = 0;
  traceDrops = 0;

  constructor(
    readonly identity: ApiPodIdentity,
    environment: ReadonlyMap<string, string>,
  ) {
    this.pct = parsePct(environment.get('DENIS_MATERIALIZERS_PCT'));
    this.enabled = parseEnabled(environment.get('DENIS_MATERIALIZERS_ENABLED'));
  }

  get name(): string {
    return this.identity.name;
  }

  kill(now: Date): void {
    this.killedSince ??= now;
  }

  featureOn(flagOn: boolean): boolean {
    return featureOn({ enabled: this.enabled, killed: this.killedSince !== undefined, flagOn });
  }

  takesNewPath(user: string, flagOn: boolean): boolean {
    const { pct, enabled } = this;
    return takesNewPath(user, { pct, enabled, killed: this.killedSince !== undefined, flagOn });
  }

  dropTraces(traces: number): void {
    this.traceDrops += traces;
    this.metrics.tracesDropped(traces);
  }

  /** Of all traces since the pod started; 1 before any. */
  get traceSuccessRate(): number {
    return this.traceWrites === 0 ? 1 : Math.max(0, 1 - this.traceDrops / this.traceWrites);
  }
}
