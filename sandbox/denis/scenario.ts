import { z } from 'zod';

const ratio = z.number().min(0).max(1);
/** Names of pods the scenario is restricted to. @default all */
const pods = z.array(z.string()).min(1).optional();

const scenarioSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('healthy'), pods }),
  z.strictObject({ name: z.literal('failing-jobs'), rate: ratio.default(0.04), pods }),
  z.strictObject({ name: z.literal('global-errors'), rate: ratio.default(0.06), pods }),
  /** p99 in seconds. */
  z.strictObject({ name: z.literal('slow-jobs'), p99: z.number().positive().default(12), pods }),
  z.strictObject({ name: z.literal('slow-chat'), factor: z.number().positive().default(1.4), pods }),
  z.strictObject({ name: z.literal('chat-down'), pods }),
  z.strictObject({ name: z.literal('queue-flood'), depth: z.int().min(0).max(100_000).default(800), pods }),
  z.strictObject({ name: z.literal('worker-oom'), pods }),
  z.strictObject({
    name: z.literal('memory-high'),
    component: z.enum(['api', 'workers']).default('workers'),
    ratio: z.number().min(0).max(2).default(0.93),
    pods,
  }),
  /** Age of the newest heartbeat at the start, in seconds. */
  z.strictObject({ name: z.literal('stale-workers'), age: z.number().min(0).default(300), pods }),
  /** Drops of the whole service. */
  z.strictObject({ name: z.literal('trace-drops'), perMinute: z.number().min(0).default(30), pods }),
  z.strictObject({ name: z.literal('metrics-silent'), pods }),
  z.strictObject({ name: z.literal('nan'), pods }),
  z.strictObject({ name: z.literal('percent-for-ratio'), pods }),
  z.strictObject({ name: z.literal('duplicate-series'), pods }),
]);

export type Scenario = z.infer<typeof scenarioSchema>;

export interface ActiveScenario {
  scenario: Scenario;
  /** Unix time in ms. */
  since: number;
}

export const SCENARIO_NAMES = scenarioSchema.options.map((option) => option.shape.name.value);

export const HEALTHY: Scenario = { name: 'healthy' };

/** What a pod does and reports under a scenario. */
export interface Effects {
  /** Ratio of its jobs that fail. */
  jobFailures: number;
  /** Ratio of its chats that fail; 1 also refuses chats from outside. */
  chatFailures: number;
  chatDown: boolean;
  /** Seconds. */
  jobP99: number;
  chatP99: number;
  graphP99: number;
  memory: { api: number; workers: number };
  /** Unix seconds at which the heartbeat froze; undefined while it lives. */
  workersSeen: number | undefined;
  traceDrops: boolean;
  silent: boolean;
  nan: boolean;
  /** What ratios are multiplied with on their way out. */
  ratioScale: number;
  duplicates: boolean;
}

const NORMAL: Effects = {
  jobFailures: 0,
  chatFailures: 0.0002,
  chatDown: false,
  jobP99: 0.9,
  chatP99: 0.3,
  graphP99: 0.12,
  memory: { api: 0.45, workers: 0.4 },
  workersSeen: undefined,
  traceDrops: false,
  silent: false,
  nan: false,
  ratioScale: 1,
  duplicates: false,
};

export function effectsOf({ scenario, since }: ActiveScenario, pod: string): Effects {
  if (scenario.pods !== undefined && !scenario.pods.includes(pod)) return NORMAL;
  return { ...NORMAL, ...changes(scenario, since) };
}

function changes(scenario: Scenario, since: number): Partial<Effects> {
  switch (scenario.name) {
    case 'failing-jobs':
      return { jobFailures: scenario.rate };
    case 'global-errors':
      return { chatFailures: scenario.rate };
    case 'slow-jobs':
      return { jobP99: scenario.p99 };
    case 'slow-chat':
      return { chatP99: NORMAL.chatP99 * scenario.factor };
    case 'chat-down':
      return { chatDown: true, chatFailures: 1 };
    case 'memory-high':
      return { memory: { ...NORMAL.memory, [scenario.component]: scenario.ratio } };
    case 'stale-workers':
      return { workersSeen: since / 1_000 - scenario.age };
    case 'trace-drops':
      return { traceDrops: true };
    case 'metrics-silent':
      return { silent: true };
    case 'nan':
      return { nan: true };
    case 'percent-for-ratio':
      return { ratioScale: 100 };
    case 'duplicate-series':
      return { duplicates: true };
    case 'healthy':
    case 'queue-flood':
    case 'worker-oom':
      return {};
  }
}

export function floodDepth({ scenario }: ActiveScenario): number {
  return scenario.name === 'queue-flood' ? scenario.depth : 0;
}

export function dropsPerMinute({ scenario }: ActiveScenario): number {
  return scenario.name === 'trace-drops' ? scenario.perMinute : 0;
}

export interface ScenarioRequest {
  scenario: Scenario;
  chatsPerSecond: number | undefined;
}

const loadSchema = z.looseObject({ chatsPerSecond: z.number().min(0).max(5_000).optional() });

/** Reads the body of `PUT /sandbox/scenario`. @throws an error that names the field, what was expected and the names */
export function parseScenario(body: unknown): ScenarioRequest {
  const load = loadSchema.safeParse(body);
  if (!load.success) throw new Error(z.prettifyError(load.error));
  const { chatsPerSecond, ...rest } = load.data;
  const name = rest['name'];
  const option = scenarioSchema.options.find((each) => each.shape.name.value === name);
  if (option === undefined) {
    throw new Error(`expected one of the names ${SCENARIO_NAMES.join(', ')}; found ${JSON.stringify(name) ?? 'none'}`);
  }
  const parsed = scenarioSchema.safeParse(rest);
  if (!parsed.success) {
    const fields = Object.keys(option.shape).filter((field) => field !== 'name');
    throw new Error(`${z.prettifyError(parsed.error)} (fields: ${[...fields, 'chatsPerSecond'].join(', ')})`);
  }
  return { scenario: parsed.data, chatsPerSecond };
}
