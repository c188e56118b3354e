import type { Gate } from '../../observe/gate';
import { type UnixSeconds, unixSeconds } from '../../phases/units';
import { reasonOf } from '../../phases/userError';
import { type Reading, unreadable } from '../../rollout/cluster';
import type { Recent, WatchView } from '../../rollout/page/view';
import type { WatchEvent } from '../../rollout/watchEvent';
import { freshStatus, readStatus, type WatcherStatus, writeStatus } from '../../rollout/watcherStatus';
import { type Observation, step } from '../../rollout/watchStep';
import type { WatcherMetrics } from '../page/metrics';
import type { Heartbeat, Leadership } from './heartbeat';
import type { Kills } from './kills';
import { type Eyes, look, type Seen, see } from './see';

export interface WatcherOptions {
  readonly eyes: Eyes;
  readonly heartbeat: Heartbeat;
  readonly kills: Kills;
  readonly metrics: WatcherMetrics;
  /** Tells people; never waits and never fails. */
  readonly tell: (event: WatchEvent, seen: Observation) => void;
  /** Writes down a verdict that has changed. Never throws. */
  readonly record: (gate: Gate) => Promise<void>;
  /** One sentence for the log. */
  readonly say: (sentence: string) => void;
  /** Aborted once it is to stop. */
  readonly stopping: AbortSignal;
}

const RECENT_KEPT = 50;

/** Looks, judges, says that it lives, and acts: one tick after the other, never two at once. */
export class Watcher {
  private status: WatcherStatus;
  private readonly started: UnixSeconds;
  private ticks = 0;
  private tickedAt: UnixSeconds | undefined;
  private leads = false;
  private last: Seen | undefined;
  private holder: WatchView['heartbeat'];
  private recent: readonly Recent[] = [];
  private readonly problems = new Map<string, string>();
  private verdict = '';
  private recording: Promise<void> = Promise.resolve();

  constructor(private readonly options: WatcherOptions) {
    this.started = this.now();
    this.status = freshStatus(this.started);
  }

  /** What the page and the metrics show. */
  view(): WatchView {
    const { observation, gate } = this.last ?? {};
    return {
      now: this.now(),
      started: this.started,
      ...(this.tickedAt === undefined ? {} : { tickedAt: this.tickedAt }),
      leads: this.leads,
      ...(this.holder === undefined ? {} : { heartbeat: this.holder }),
      judgement: observation?.judgement ?? unreadable('nothing was read yet'),
      ...(gate?.kind === 'read' ? { assessment: gate.value.assessment } : {}),
      status: this.status,
      recent: this.recent,
    };
  }

  /** One tick. Never throws: what fails is said, and is tried again at the next one. */
  async tick(): Promise<void> {
    const { eyes, heartbeat, kills, metrics } = this.options;
    const began = performance.now();
    const [lead, found] = await Promise.all([
      heartbeat.look().then(
        (value): Reading<Leadership> => ({ kind: 'read', value }),
        (thrown: unknown) => unreadable(reasonOf(thrown)),
      ),
      look(eyes, this.ticks++),
    ]);
    this.problem('heartbeat', lead.kind === 'unreadable' ? lead.reason : undefined);
    // Whoever begins to lead goes on with what the last leader knew, an open incident too.
    if (lead.kind === 'read' && !(this.leads && lead.value.ours)) this.status = this.takenOver(lead.value);
    const seen = see(found, this.status);
    // Ctrl-C ends the commands under way too: what they did not see then is no news.
    if (this.options.stopping.aborted && isUnseen(seen)) return;
    this.last = seen;
    for (const { result } of seen.news.probes) metrics.probed(result);
    for (const _ of seen.news.ooms) metrics.oomKilled();
    this.problem(
      'judgement',
      seen.observation.judgement.kind === 'unreadable' ? seen.observation.judgement.reason : undefined,
    );

    const killed = kills.take();
    const observation: Observation = { ...seen.observation, ...(killed === undefined ? {} : { killed }) };
    const { status: stepped, deeds } = step(this.status, observation, eyes.settings.timing);
    const events = deeds.flatMap((deed) => (deed.kind === 'notify' ? [deed.event] : []));
    const status = events.length === 0 ? stepped : { ...stepped, telling: events };
    const untold = lead.kind === 'read' && hasDied(lead.value) ? (this.status.telling ?? []) : [];
    this.leads = await this.beat(lead, status);
    if (this.leads) {
      // First written, then done: who takes over after a crash finds the incident, and what was to be told.
      this.status = status;
      for (const event of untold) this.tell(event, observation);
      for (const deed of deeds) {
        if (deed.kind === 'kill') kills.order(deed);
        else this.tell(deed.event, observation);
      }
      this.recordChange(seen);
    }
    this.tickedAt = this.now();
    metrics.ticked((performance.now() - began) / 1000);
  }

  /** Resolves when all that was ordered is done and written down. */
  async idle(): Promise<void> {
    await Promise.all([this.options.kills.idle(), this.recording]);
  }

  private takenOver(found: Leadership): WatcherStatus {
    const { say } = this.options;
    const { status, holder } = found;
    if (hasDied(found)) say(`${holder} has not renewed the Lease: taking over`);
    if (status === undefined || status === '') return freshStatus(this.now());
    const known = readStatus(status);
    if (known.kind === 'read') return known.value;
    say(`${known.reason}; beginning anew`);
    return freshStatus(this.now());
  }

  /** @returns whether this watcher leads now. One that led goes on acting while the API server is away: nobody else can take the Lease either. */
  private async beat(lead: Reading<Leadership>, status: WatcherStatus): Promise<boolean> {
    if (lead.kind === 'unreadable') return this.leads;
    const { holder, free } = lead.value;
    const own = this.options.heartbeat.holder;
    if (!free) {
      if (this.leads) this.options.say(`${holder} leads now`);
      return this.led(holder);
    }
    try {
      const won = await this.options.heartbeat.beat(lead.value, writeStatus(status));
      if (won && !this.leads) this.options.say(`${own} leads`);
      return won ? this.led(own) : false;
    } catch (thrown) {
      this.problem('heartbeat', reasonOf(thrown));
      return this.leads;
    }
  }

  private led(holder: string): boolean {
    this.holder = { holder, renewedAt: this.now() };
    return holder === this.options.heartbeat.holder;
  }

  private tell(event: WatchEvent, seen: Observation): void {
    this.options.tell(event, seen);
    this.note(event.severity, event.sentence, event.at);
  }

  private note(severity: Recent['severity'], text: string, at: UnixSeconds): void {
    this.recent = [{ at, severity, text }, ...this.recent].slice(0, RECENT_KEPT);
    this.options.say(`${severity === 'info' ? '' : `${severity}: `}${text}`);
  }

  /** A verdict is written down when it changes, one after the other; no tick waits for it. */
  private recordChange({ gate, observation }: Seen): void {
    if (gate.kind === 'unreadable' || observation.judgement.kind === 'unreadable') return;
    const judgement = observation.judgement.value;
    const { decision } = judgement;
    const verdict = `${decision?.phase} ${decision?.verdict} ${decision?.rule}`;
    if (decision === undefined || verdict === this.verdict) return;
    this.verdict = verdict;
    const found = { ...gate.value, judgement };
    this.recording = this.recording.then(() => this.options.record(found));
  }

  /** Says a problem when it comes or changes, and once that it is over. */
  private problem(subject: string, sentence: string | undefined): void {
    if (this.problems.get(subject) === sentence) return;
    if (sentence === undefined) {
      this.problems.delete(subject);
      this.options.say(`${subject}: well again`);
    } else {
      this.problems.set(subject, sentence);
      this.options.say(`${subject}: ${sentence}`);
    }
  }

  private now(): UnixSeconds {
    return unixSeconds(this.options.eyes.clock() / 1000);
  }
}

const isUnseen = ({ observation: { judgement } }: Seen): boolean =>
  judgement.kind === 'unreadable' || judgement.value.standing.live.kind === 'unknown';

/** Somebody else held it, did not give it back, and does not renew it any more. */
const hasDied = ({ holder, ours, free }: Leadership): boolean => free && !ours && holder !== '';
