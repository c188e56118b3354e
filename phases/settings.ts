import { z } from 'zod';
import { celerySchema } from './celerySettings';
import { decisionTraceSchema } from './decisionTraceSettings';
import { graphSchema } from './graphSettings';
import { loadTestSchema } from './loadTestSettings';
import { logsSchema } from './logsSettings';
import { metricSources, metricsSchema, refuseMetrics } from './metricSettings';
import { METRIC_KEYS } from './metrics';
import { CHECK_IDS } from './phase';
import { parseRedisUrl } from './redisUrl';
import { type Timing, timingOf } from './timing';
import { parseDuration, seconds } from './units';
import { reasonOf, UserError } from './userError';

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
export const fromText = <T extends z.ZodType>(schema: T) =>
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
const redisUrl = z.string().superRefine((value, context) => {
  try {
    parseRedisUrl(value);
  } catch (thrown) {
    context.addIssue({ code: 'custom', message: reasonOf(thrown) });
  }
});
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
  journal: z.string().regex(/^~?\//, 'expected an absolute path, or one that begins with ~/').optional(),
} as const;

/** Our own watcher, or another system by its name. */
export type Watcher = { readonly kind: 'own' } | { readonly kind: 'external'; readonly name: string };

const watcherOf = (text: string): Watcher =>
  text === 'own' ? { kind: 'own' } : { kind: 'external', name: text.replace(/^external: */, '').trim() };

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
  /** Who watches the rollback rules between two calls. */
  watcher: z
    .string()
    .regex(/^(own|external: *\S.*)$/, 'expected own, or external: and the name of the system that watches')
    .default('own')
    .transform(watcherOf),
  /** Where the samples come from: a Prometheus, or every pod's own `/metrics`, kept in the journal of one machine. */
  source: z.enum(['prometheus', 'endpoint']).default('prometheus'),
  /** Needed by source `prometheus`. */
  prometheus: url('http:', 'https:').optional(),
  override: fromText(overrideShape).optional(),
  redis: redisUrl,
  /** The service's own `/chat`, probed with the plan's test message. */
  chat: url('http:', 'https:'),
  /** Label matchers that every series of Denis carries. */
  matchers: z.string().optional(),
  metrics: fromText(metricsSchema).default({}),
  /** A minute must hold two samples, else staleness and windows would judge chance. */
  scrapeInterval: duration.refine((length) => length <= 30, 'expected at most 30s').default(seconds(15)),
  /** Success at or below this never promotes: the line that divides the plan's matrix. Percent. */
  matrixSuccess: fromText(z.number().min(0).max(100)).default(98),
  minimumJobs: fromText(z.number().int().min(1)).default(100),
  /** A rollback rule on the success rate needs this many jobs, and this many failed ones, in its look-back. */
  ruleMinimumJobs: fromText(z.number().int().min(1)).default(20),
  ruleMinimumFailed: fromText(z.number().int().min(1)).default(8),
  /** How many times faster than the plan time runs; sandbox only. */
  timeScale: fromText(z.number().min(1)).default(1),
  grafana: url('http:', 'https:').default('https://grafana.denis.run/d/materializers-canary'),
  /** What the verification looks at beside the metrics, each off unless a stack says otherwise. */
  celery: fromText(celerySchema),
  logs: fromText(logsSchema),
  decisionTrace: fromText(decisionTraceSchema),
  graph: fromText(graphSchema),
  loadTest: fromText(loadTestSchema),
} as const;

/** What stack `base` alone reads: the phases look at none of it. */
const baseShape = {
  /** Declares the policies by which the API server itself refuses a raise or the removal of a latch. */
  admissionPolicy: fromText(z.boolean()).default(false),
  /** Declares the Grafana dashboard, in a ConfigMap that Grafana's sidecar finds by its label. */
  dashboard: fromText(z.boolean()).default(false),
  /** Declares the rollback rules as alerts, in a PrometheusRule of the Prometheus Operator. */
  alertRules: fromText(z.boolean()).default(false),
  /** Seconds: the baseline that the ledger pins, for what reads Prometheus and no ledger. */
  baselineChatP99: fromText(z.number().positive()).optional(),
  /** Declares the watcher, from this image; without it none is declared. */
  watcherImage: z
    .string()
    .regex(
      /^[a-z0-9][\w./:-]*(@sha256:[0-9a-f]{64}|:(?!latest$)\w[\w.-]*)$/,
      'expected an image of one version, such as registry.example/denis-canary-watcher:0.1.0, or by its digest',
    )
    .optional(),
  /** PersistentVolumeClaim that keeps the watcher's journal; without it the journal goes with the pod. */
  watcherVolume: name.optional(),
} as const;

/** Whether `base` alone reads a key. */
export const isOfBase = (key: string): boolean => key in baseShape;

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

/** A wrong folder of journals is one mistake that a lowering move does not even look at. */
const clusterSchema = z.object({ ...clusterShape, journal: clusterShape.journal.catch(undefined) });
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

/** Where all samples come from. */
export type SampleSource = { readonly kind: 'prometheus'; readonly url: string } | { readonly kind: 'endpoint' };

const sampleSource = (kind: SampleSource['kind'], url: string | undefined): SampleSource =>
  kind === 'prometheus' ? { kind, url: url! } : { kind };

export type ClusterSettings = z.output<typeof clusterSchema>;
export type Settings = z.output<typeof settingsSchema> & { readonly timing: Timing };
export type Monitoring = z.output<typeof monitoringSchema>;
/** `monitoring` is there where dashboard or alerts are declared. */
export type BaseSettings = z.output<typeof baseSchema> & { readonly monitoring?: Monitoring };

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
 * All settings, needed to judge. Keys that `base` alone reads may stand beside them, as in one file for all stacks, and so may
 * `notify`, which judges nothing.
 * @throws UserError `settings` naming each key, what was expected and what was found
 */
export function parseSettings(raw: RawSettings): Settings {
  const own = Object.entries(raw).filter(([key]) => !isOfBase(key) && key !== 'notify');
  return parsed(settingsSchema, Object.fromEntries(own)) as Settings;
}

/** @throws UserError `settings` naming each key, what was expected and what was found */
export function parsed<T extends z.ZodType>(schema: T, raw: RawSettings): z.output<T> {
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
  'admissionPolicy',
  'dashboard',
  'alertRules',
  'baselineChatP99',
  'watcherImage',
  'watcherVolume',
  'source',
  'journal',
  'override',
  'watcher',
  'logs',
  'decisionTrace',
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
