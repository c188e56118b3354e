import { setTimeout as pause } from 'node:timers/promises';
import type { ExposedSample } from '../observe/exposition';
import type { MetricSelectors } from '../observe/metricSelectors';
import { scrapePod, upOf } from '../observe/metricsEndpoint';
import type { PodAccess } from '../observe/podAccess';
import type { Scrape } from '../observe/sampleLine';
import type { MetricKey } from '../phases/metrics';
import type { Seconds, UnixSeconds } from '../phases/units';
import { reasonOf } from '../phases/userError';
import type { PodState, Reading } from '../rollout/cluster';

export interface SamplerOptions {
  readonly namespace: string;
  readonly scrapeInterval: Seconds;
  readonly selectors: ReadonlyMap<MetricKey, MetricSelectors>;
  readonly listPods: () => Promise<readonly PodState[]>;
  readonly access: PodAccess;
  readonly append: (scrape: Scrape) => void;
  readonly clock: () => UnixSeconds;
  /** One sentence whenever something changes. */
  readonly say: (sentence: string) => void;
}

/** A pod has this long to answer, or one interval where that is shorter: a tick never reaches into the next one. */
const TIMEOUT_MS = 5_000;
/** Listing the pods costs more than asking them. */
const LIST_EVERY = 5;
const LIST_WAIT_MS = 1_000;
/** An address may belong to another pod by then. */
const LIST_HOLDS = 60;
const OF_POD = 'pod ';

/** Asks every Ready pod for its series, tick by tick, and appends those that the settings select. */
export class Sampler {
  private pods: { readonly list: readonly PodState[]; readonly at: number } | undefined;
  private listing: Promise<void> | undefined;
  private readonly said = new Map<string, string>();

  constructor(private readonly options: SamplerOptions) {}

  /**
   * One scrape of every pod. Never throws: what fails is said, and is missing in the journal.
   * @returns whether every pod answered, every metric was found and all was written
   */
  async tick(): Promise<boolean> {
    const { clock, scrapeInterval } = this.options;
    const now = clock();
    if (this.pods === undefined || now - this.pods.at >= Math.max(LIST_EVERY, scrapeInterval)) {
      this.listing ??= this.list().finally(() => {
        this.listing = undefined;
      });
    }
    // A list that takes its time is for the next tick, unless there is none to go on by.
    if (this.pods === undefined || now - this.pods.at > LIST_HOLDS) await this.listing;
    else
      await Promise.race([
        this.listing,
        pause(Math.min(LIST_WAIT_MS, scrapeInterval * 200), undefined, { ref: false }),
      ]);
    const list = this.pods !== undefined && now - this.pods.at <= LIST_HOLDS ? this.pods.list : [];
    const found = new Set<MetricKey>();
    const went = await Promise.all(list.map((pod) => this.sample(pod, found)));
    if (went.includes(true)) this.sayMissing(found);
    return list.length > 0 && !went.includes(false) && found.size === this.options.selectors.size;
  }

  private async list(): Promise<void> {
    const { listPods, clock } = this.options;
    try {
      const list = (await listPods()).filter(({ ready }) => ready);
      this.pods = { list, at: clock() };
      this.change('pods', 'the pods can be read again', undefined);
      const names = list.map(({ name }) => name).sort();
      this.change('list', '', names.length === 0 ? 'no pod is Ready' : `asking ${names.join(', ')}`);
      for (const subject of this.said.keys()) {
        if (subject.startsWith(OF_POD) && !names.includes(subject.slice(OF_POD.length))) this.said.delete(subject);
      }
    } catch (thrown) {
      this.change('pods', '', `the pods cannot be read: ${reasonOf(thrown)}`);
    }
  }

  /** @returns whether the pod answered and its line was written */
  private async sample(pod: PodState, found: Set<MetricKey>): Promise<boolean> {
    const { clock, access, namespace, scrapeInterval } = this.options;
    const at = clock();
    const timeoutMs = Math.min(TIMEOUT_MS, scrapeInterval * 1000);
    const answer = await scrapePod(pod, { access, namespace, timeoutMs });
    const answered = answer.kind === 'read';
    const subject = `${OF_POD}${pod.name}`;
    this.change(subject, `${subject} answers again`, answered ? undefined : `${subject}: ${answer.reason}`);
    const samples = this.selected([upOf(pod, namespace, answered), ...samplesIn(answer)], found);
    try {
      this.options.append({ at, pod: pod.name, samples });
      this.change('journal', 'the journal can be written again', undefined);
      return answered;
    } catch (thrown) {
      this.change('journal', '', `the journal cannot be written: ${reasonOf(thrown)}`);
      return false;
    }
  }

  private selected(samples: readonly ExposedSample[], found: Set<MetricKey>): ExposedSample[] {
    return samples.filter(({ name, labels }) => {
      let wanted = false;
      for (const [key, selectors] of this.options.selectors) {
        if (!selectors.some((selector) => selector.name === name && selector.selects(labels))) continue;
        found.add(key);
        wanted = true;
      }
      return wanted;
    });
  }

  private sayMissing(found: ReadonlySet<MetricKey>): void {
    const missing = [...this.options.selectors.keys()].filter((key) => !found.has(key));
    const what = missing.length === 0 ? undefined : `no pod has ${missing.join(', ')}`;
    this.change('missing', 'every metric is there', what);
  }

  /** Says a problem when it comes or changes, and its end once; a subject without a problem is silent at first. */
  private change(subject: string, end: string, problem: string | undefined): void {
    const before = this.said.get(subject);
    if (before === problem) return;
    if (problem === undefined) this.said.delete(subject);
    else this.said.set(subject, problem);
    this.options.say(problem ?? end);
  }
}

const samplesIn = (answer: Reading<readonly ExposedSample[]>): readonly ExposedSample[] =>
  answer.kind === 'read' ? answer.value : [];
