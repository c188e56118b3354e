import { z } from 'zod';
import { METRIC_KEYS, METRICS, type MetricDefinition, type MetricKey, PERCENT_TO_RATIO } from './metrics';
import { CHECK_IDS } from './phase';
import { type Timing, timingOf } from './timing';
import { parseDuration, seconds } from './units';
import { UserError } from './userError';

/** Stack settings as they come: `canary:` keys without the prefix; YAML values, or Pulumi's text (objects as JSON). */
export type RawSettings = Readonly<Record<string, unknown>>;

/** The `canary:` keys of a stack's whole configuration; a key given to the project itself is not ours. */
export function rawSettings(config: Readonly<Record<string, unknown>>): RawSettings {
  const prefix = 'canary:';
  return Object.fromEntries(
    Object.entries(config).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/** Pulumi hands every value over as text, YAML files hand over values: both are read. */
const fromText = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      return value;
    }
  }, schema);

const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const name = z.string().regex(DNS_NAME, 'expected a Kubernetes name (lower case letters, digits and -)');
const url = (...protocols: string[]) =>
  z.string().refine(
    (value) => {
      try {
        return protocols.includes(new URL(value).protocol);
      } catch {
        return false;
      }
    },
    `expected a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );
const duration = z.unknown().transform((value, context) => {
  const length = typeof value === 'string' ? parseDuration(value) : undefined;
  if (length !== undefined && length > 0) return length;
  context.addIssue({ code: 'custom', message: 'expected a duration with a unit, such as 4h, 1h30m or 15s' });
  return z.NEVER;
});
const timezone = z.string().refine((value) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: value });
    return true;
  } catch {
    return false;
  }
}, 'expected a time zone of the IANA database, such as Europe/Madrid');

const clusterShape = {
  /** Context of the kubeconfig; never the current one by accident. */
  context: z.string().min(1),
  /** UID of namespace kube-system: the cluster's identity. */
  clusterUid: z.string().min(1),
  namespace: name.default('denis'),
  deployment: name.default('denis'),
  container: name.default('denis'),
  workers: name.default('denis-workers'),
  /** Port of every pod of Denis: chat, metrics, kill switch. */
  port: fromText(z.number().int().min(1).max(65_535)).default(8084),
  /** The kill-switch state that this stack declares; false takes the feature off. */
  enabled: fromText(z.boolean()).default(true),
  podAccess: z.enum(['direct', 'port-forward']).default('direct'),
  /** Folder of this machine's journals: evidence, and the samples of source `endpoint`. */
  journal: z.string().min(1).optional(),
} as const;

/** `name` or `name{matchers}`. */
const SELECTOR = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?$/;
const selector = z
  .string()
  .regex(SELECTOR, 'expected the name of a series, with label matchers in braces where needed');

const metricShape = z.strictObject({
  /** Name of the series. */
  series: z.string().min(1).optional(),
  /** Label matchers, PromQL, without braces; they replace `canary:matchers` for this series. */
  matchers: z.string().optional(),
  /** A whole PromQL expression instead of series and matchers. */
  query: z.string().min(1).optional(),
  /** `percent` for a share that the service writes as 0–100. */
  unit: z.literal('percent').optional(),
  acrossPods: z.enum(['avg', 'max', 'sum']).optional(),
  /** Two counters instead of a gauge, for a share: exact over any period. Each a series name, with label matchers of its own in braces. */
  counters: z.strictObject({ part: selector, whole: selector }).optional(),
  /** Name of a histogram in seconds, without `_bucket`, instead of a gauge, for a latency: its 99th percentile. */
  histogram: selector.optional(),
  /** Reason why this service does not have the series; its checks are shown as off. */
  off: z.string().min(1).optional(),
});

/** Named checks that merely hold become warnings, for a while. */
const overrideShape = z.strictObject({
  reason: z.string().min(10, 'expected a reason of at least ten characters'),
  author: z.string().min(1),
  checks: z.array(z.enum(CHECK_IDS)).min(1),
  /** At most 24 h after it is read. */
  expires: z.iso.datetime({ offset: true, message: 'expected a time such as 2026-11-26T09:00:00Z' }),
});

const judgeShape = {
  timezone: timezone.default('UTC'),
  /** Where the samples come from: a Prometheus, or every pod's own `/metrics`, kept in the journal of one machine. */
  source: z.enum(['prometheus', 'endpoint']).default('prometheus'),
  /** Needed by source `prometheus`. */
  prometheus: url('http:', 'https:').optional(),
  override: fromText(overrideShape).optional(),
  redis: url('redis:', 'rediss:'),
  /** The service's own `/chat`, probed with the plan's test message. */
  chat: url('http:', 'https:'),
  /** Label matchers that every series of Denis carries. */
  matchers: z.string().optional(),
  metrics: fromText(z.partialRecord(z.enum(METRIC_KEYS), metricShape)).default({}),
  /** A minute must hold two samples, else staleness and windows would judge chance. */
  scrapeInterval: duration.refine((length) => length <= 30, 'expected at most 30s').default(seconds(15)),
  /** Success at or below this never promotes: the line that divides the plan's matrix. Percent. */
  matrixSuccess: fromText(z.number().min(0).max(100)).default(98),
  minimumJobs: fromText(z.number().int().min(1)).default(100),
  /** A rollback rule on the success rate needs this many jobs, and this many failed ones, in its look-back. */
  ruleMinimumJobs: fromText(z.number().int().min(1)).default(20),
  ruleMinimumFailed: fromText(z.number().int().min(1)).default(3),
  /** How many times faster than the plan time runs; sandbox only. */
  timeScale: fromText(z.number().min(1)).default(1),
  grafana: url('http:', 'https:').default('https://grafana.denis.run/d/materializers-canary'),
} as const;

/** What stack `base` alone reads: the phases look at none of it. */
const baseShape = {
  /** Declares the Grafana dashboard, in a ConfigMap that Grafana's sidecar finds by its label. */
  dashboard: fromText(z.boolean()).default(false),
  /** Declares the rollback rules as alerts, in a PrometheusRule of the Prometheus Operator. */
  alertRules: fromText(z.boolean()).default(false),
  /** Seconds: the baseline that the ledger pins, for what reads Prometheus and no ledger. */
  baselineChatP99: fromText(z.number().positive()).optional(),
} as const;

type Written = Readonly<Partial<Record<MetricKey, z.output<typeof metricShape>>>>;

/** What dashboard and alerts read. */
const monitoringSchema = z
  .object({ ...clusterShape, ...judgeShape, ...baseShape })
  .pick({
    namespace: true,
    deployment: true,
    matchers: true,
    metrics: true,
    scrapeInterval: true,
    timeScale: true,
    matrixSuccess: true,
    ruleMinimumJobs: true,
    ruleMinimumFailed: true,
    grafana: true,
    baselineChatP99: true,
  })
  .superRefine((settings, context) => refuseMetrics(settings.metrics, context))
  .transform(({ matchers, scrapeInterval, timeScale, ...rest }) => ({
    ...rest,
    timing: timingOf(timeScale, scrapeInterval),
    metrics: metricSources({ ...rest, matchers }),
  }));

const clusterSchema = z.object(clusterShape);
const baseSchema = z.object({ ...clusterShape, ...baseShape });
const settingsSchema = z
  .strictObject({ ...clusterShape, ...judgeShape })
  .superRefine((settings, context) => {
    const wrong = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
    if (settings.source === 'prometheus' && settings.prometheus === undefined) {
      wrong(['prometheus'], 'expected a URL that starts with http:// or https:// (needed by source prometheus)');
    }
    for (const key of METRIC_KEYS) {
      if (settings.metrics[key]?.query !== undefined && settings.source === 'endpoint') {
        wrong(['metrics', key, 'query'], 'source endpoint has nothing that evaluates PromQL; name a series');
      }
    }
    refuseMetrics(settings.metrics, context);
  })
  .transform(({ matchers, scrapeInterval, timeScale, source, prometheus, ...rest }) => ({
    ...rest,
    source: sampleSource(source, prometheus),
    timing: timingOf(timeScale, scrapeInterval),
    metrics: metricSources({ ...rest, matchers }),
  }));

function refuseMetrics(written: Written, context: z.RefinementCtx): void {
  const wrong = (key: MetricKey, field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: ['metrics', key, field], message });
  for (const key of METRIC_KEYS) {
    const { counters, histogram } = written[key] ?? {};
    if (counters !== undefined && METRICS[key].statistic !== 'mean') {
      wrong(key, 'counters', 'counters are for materializer_success_rate and error_rate only');
    }
    if (histogram !== undefined && METRICS[key].unit !== 'seconds') {
      wrong(key, 'histogram', 'a histogram is for latencies only');
    }
    const instead = counters === undefined ? histogram && 'histogram takes' : 'counters take';
    for (const field of ['series', 'query', 'unit', 'acrossPods'] as const) {
      if (instead === undefined || written[key]?.[field] === undefined) continue;
      wrong(key, field, `${instead} its place; remove one of the two`);
    }
  }
  for (const key of ['materializer_success_rate', 'error_rate', 'materializer_pct', 'materializer_new'] as const) {
    if (written[key]?.off !== undefined) wrong(key, 'off', 'this metric cannot be switched off');
  }
  for (const key of METRIC_KEYS) {
    if (written[key]?.unit === undefined || METRICS[key].unit === 'ratio') continue;
    wrong(key, 'unit', 'percent is for shares only');
  }
}

function metricSources(settings: {
  readonly metrics: Written;
  readonly matchers?: string | undefined;
  readonly namespace: string;
  readonly deployment: string;
}): Record<MetricKey, MetricSource> {
  const common = settings.matchers ?? `namespace="${settings.namespace}"`;
  const source = (key: MetricKey): MetricSource =>
    metricSource(METRICS[key], settings.metrics[key] ?? {}, common, settings.deployment);
  return Object.fromEntries(METRIC_KEYS.map((key) => [key, source(key)])) as Record<MetricKey, MetricSource>;
}

/** Where all samples come from. */
export type SampleSource = { readonly kind: 'prometheus'; readonly url: string } | { readonly kind: 'endpoint' };

const sampleSource = (kind: SampleSource['kind'], url: string | undefined): SampleSource =>
  kind === 'prometheus' ? { kind, url: url! } : { kind };

/** Where one metric comes from, after the settings. */
export interface MetricSource {
  readonly definition: MetricDefinition;
  /** PromQL: a plain selector, or an expression when `expression` is true. For people only where `counted` is there. */
  readonly query: string;
  readonly expression: boolean;
  /** Factor from the service's unit to ours. */
  readonly factor: number;
  /** Selectors of counters that are read instead of the one series. */
  readonly counted?: Counted;
  /** Reason why it is switched off. */
  readonly off?: string;
}

export type Counted =
  | { readonly kind: 'ratio'; readonly part: string; readonly whole: string }
  | { readonly kind: 'histogram'; readonly buckets: string };

export type ClusterSettings = z.output<typeof clusterSchema>;
export type Settings = z.output<typeof settingsSchema> & { readonly timing: Timing };
export type Monitoring = z.output<typeof monitoringSchema>;
/** `monitoring` is there where dashboard or alerts are declared. */
export type BaseSettings = z.output<typeof baseSchema> & { readonly monitoring?: Monitoring };

function metricSource(
  definition: MetricDefinition,
  set: z.output<typeof metricShape>,
  common: string,
  deployment: string,
): MetricSource {
  const own =
    set.matchers ?? (definition.key === 'uptime' ? `${common},pod=~"${deployment}-[a-z0-9]+-[a-z0-9]{5}"` : common);
  const select = (name: string, ...more: (string | undefined)[]): string =>
    `${name}{${[own, ...more].filter((part) => part !== undefined && part !== '').join(',')}}`;
  const selected = (text: string, suffix = ''): string => {
    const [, name, matchers] = SELECTOR.exec(text)!;
    return select(`${name}${suffix}`, matchers);
  };
  const shared = {
    definition: set.acrossPods === undefined ? definition : { ...definition, acrossPods: set.acrossPods },
    expression: set.query !== undefined,
    factor: set.unit === 'percent' ? PERCENT_TO_RATIO : 1,
    ...(set.off === undefined ? {} : { off: set.off }),
  };
  if (set.counters !== undefined) {
    const [part, whole] = [selected(set.counters.part), selected(set.counters.whole)];
    const counted = { kind: 'ratio', part, whole } as const;
    return { ...shared, definition: { ...definition, statistic: 'ratio' }, query: `${part} / ${whole}`, counted };
  }
  if (set.histogram !== undefined) {
    const buckets = selected(set.histogram, '_bucket');
    const counted = { kind: 'histogram', buckets } as const;
    return { ...shared, definition: { ...definition, statistic: 'p99' }, query: buckets, counted };
  }
  return { ...shared, query: set.query ?? select(set.series ?? definition.series, definition.matchers) };
}

/**
 * What every move needs, a lowering one too: which cluster, which objects, which kill-switch state.
 * Keys beyond it are not looked at, so that a mistake elsewhere never blocks the way down.
 * @throws UserError `settings` naming each key, what was expected and what was found
 */
export function parseClusterSettings(raw: RawSettings): ClusterSettings {
  return parsed(clusterSchema, raw);
}

/**
 * What stack `base` needs. How metrics are read is looked at only where dashboard or alerts want it, so that a mistake
 * there does not keep token and Roles from the cluster.
 * @throws UserError `settings` naming each key, what was expected and what was found
 */
export function parseBaseSettings(raw: RawSettings): BaseSettings {
  const base = parsed(baseSchema, raw);
  return base.dashboard || base.alertRules ? { ...base, monitoring: parsed(monitoringSchema, raw) } : base;
}

/**
 * All settings, needed to judge. Keys that `base` alone reads may stand beside them, as in one file for all stacks.
 * @throws UserError `settings` naming each key, what was expected and what was found
 */
export function parseSettings(raw: RawSettings): Settings {
  const own = Object.entries(raw).filter(([key]) => !(key in baseShape));
  return parsed(settingsSchema, Object.fromEntries(own)) as Settings;
}

function parsed<T extends z.ZodType>(schema: T, raw: RawSettings): z.output<T> {
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  throw new UserError('settings', result.error.issues.map((issue) => sentence(issue, raw)).join('\n'));
}

/** Keys of which the value may be shown: none of them is a secret; a URL may hold a password and is not shown. */
const SHOWN = new Set([
  'namespace',
  'deployment',
  'container',
  'workers',
  'port',
  'enabled',
  'podAccess',
  'timezone',
  'scrapeInterval',
  'matrixSuccess',
  'minimumJobs',
  'ruleMinimumJobs',
  'ruleMinimumFailed',
  'timeScale',
  'dashboard',
  'alertRules',
  'baselineChatP99',
  'source',
  'journal',
  'override',
]);
const HINTS: Readonly<Record<string, string>> = {
  context: 'pulumi config set canary:context "$(kubectl config current-context)"',
  clusterUid: `pulumi config set canary:clusterUid "$(kubectl get namespace kube-system -o jsonpath='{.metadata.uid}')"`,
};

function sentence(issue: z.core.$ZodIssue, raw: RawSettings): string {
  if (issue.code === 'unrecognized_keys') {
    const where = issue.path.length === 0 ? 'canary:' : `canary:${issue.path.join('.')}.`;
    return `${issue.keys.map((key) => `${where}${key}`).join(', ')}: unknown setting; the known ones are listed in docs/settings.md`;
  }
  const key = String(issue.path[0] ?? '');
  const found = raw[key];
  const shown =
    found === undefined ? 'found nothing' : SHOWN.has(key) ? `found ${JSON.stringify(found)}` : 'found another value';
  const hint = HINTS[key];
  return `canary:${issue.path.join('.')}: ${lowerFirst(issue.message)}; ${shown}${hint === undefined ? '' : `; set it with: ${hint}`}`;
}

function lowerFirst(text: string): string {
  const bare = text.replace(/^Invalid input: /, '');
  return bare.charAt(0).toLowerCase() + bare.slice(1);
}
