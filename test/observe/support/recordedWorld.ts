import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Gate, gate } from '../../../observe/gate';
import { type Answer, type Loopback, serve } from './loopback';
import {
  denisObject,
  leaseObject,
  ledgerObject,
  listOf,
  namespaceObject,
  podObject,
  replicaSetObject,
  reviewObject,
  UID,
  workersObject,
} from './objects';
import { standIn } from './standIn';

export const PODS = ['denis-a', 'denis-b', 'denis-c'] as const;

/** One row of a range selector's answer. */
export interface Row {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, string])[];
}

/** What the world answers; each part may be replaced before the gate is asked. */
export interface Facts {
  named: object[];
  lists: object[];
  /** Standard error of the two readings, and with it exit code 1. */
  namedError?: string;
  listsError?: string;
  /** Seconds that the API server's clock is ahead. */
  apiServerAhead: number;
  prometheus: Answer;
  kill: Answer;
  chat: Answer;
  /** Settings in place of the world's own. */
  config: Record<string, string>;
  env: NodeJS.ProcessEnv;
}

export interface RecordedWorld {
  /** Asks the real gate about a stack, in a world of which some facts are other ones. */
  gate(stack: string, change?: (facts: Facts) => void): Promise<Gate>;
  /** Takes the facts into effect; what a program needs in order to meet them. */
  settings(change?: (facts: Facts) => void): {
    readonly config: Record<string, string>;
    readonly env: NodeJS.ProcessEnv;
  };
  /** Folder of the evidence of whoever judges in this world. */
  readonly journal: string;
  /** Every Event that was written, oldest first. */
  events(): Record<string, unknown>[];
  /** The arguments of every kubectl since then, without the fixed first three. */
  asked(): string[];
  close(): Promise<void>;
}

/**
 * A world around the real gate, at this percentage for a minute: real HTTP servers, and a program in place of kubectl
 * that prints recorded objects. All is well in it, and time runs 3600 times faster.
 */
export async function recordedWorld(percent: number, redis: string): Promise<RecordedWorld> {
  const program = standIn(
    'kubectl',
    [
      'echo "$@" >> "$FOLDER/asked"; shift 3',
      'case "$1 $2" in',
      '"auth whoami") cat "$FOLDER/review"; exit;;',
      '"get replicasets,pods,horizontalpodautoscalers") part=lists;;',
      '"get namespace/kube-system") part=named;;',
      '"create --validate=false") cat > "$FOLDER/created"; grep -q \'"kind":"Event"\' "$FOLDER/created" || exit 99',
      '  cat "$FOLDER/created" >> "$FOLDER/events"; echo >> "$FOLDER/events"; exit;;',
      '*) exit 99;;',
      'esac',
      'cat "$FOLDER/$part"; cat "$FOLDER/$part.error" >&2; test ! -s "$FOLDER/$part.error"',
    ].join('\n'),
  );
  const journal = path.join(program.folder, 'journal');
  const write = (file: string, text: string): void => writeFileSync(path.join(program.folder, file), text);
  let facts = healthyFacts(percent, program.env);
  const relay = (part: 'prometheus' | 'kill' | 'chat') => serve((request, response) => facts[part](request, response));
  const servers: Loopback[] = [await relay('prometheus'), await relay('kill'), await relay('chat')];
  const [prometheus, pods, chat] = servers;
  const settings: RecordedWorld['settings'] = (change) => {
    facts = healthyFacts(percent, program.env);
    change?.(facts);
    write('asked', '');
    write('events', '');
    write('named', JSON.stringify(listOf(...facts.named)));
    write('named.error', facts.namedError ?? '');
    write('lists', JSON.stringify(listOf(...facts.lists)));
    write('lists.error', facts.listsError ?? '');
    write('review', JSON.stringify(reviewObject(new Date(Date.now() + facts.apiServerAhead * 1000))));
    const config = {
      'canary:context': 'recorded',
      'canary:clusterUid': UID,
      'canary:port': String(pods!.port),
      'canary:prometheus': prometheus!.origin,
      'canary:redis': redis,
      'canary:chat': `${chat!.origin}/chat`,
      'canary:timeScale': '3600',
      'canary:scrapeInterval': '1s',
      'canary:minimumJobs': '5',
      'canary:journal': journal,
      ...facts.config,
    };
    return { config, env: facts.env };
  };
  return {
    gate: async (stack, change) => {
      const { config, env } = settings(change);
      return gate(stack, config, env);
    },
    settings,
    journal,
    events: () =>
      program
        .written('events')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    asked: () =>
      program
        .written('asked')
        .trimEnd()
        .split('\n')
        .map((line) => line.split(' ').slice(3).join(' ')),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
      program.remove();
    },
  };
}

function healthyFacts(percent: number, env: NodeJS.ProcessEnv): Facts {
  const live = { pct: String(percent), enabled: String(percent > 0), move: '4' };
  const baseline = { chatP99: 0.3, measuredAt: '2026-01-01T00:00:00Z', covered: 86_400, samples: 5_000 };
  const ledger = { version: 1, permitted: percent, ...(percent > 0 ? { baseline } : {}) };
  return {
    named: [
      namespaceObject(UID, { 'canary.denis.run/sandbox': 'true' }),
      denisObject(live),
      workersObject(),
      ledgerObject(JSON.stringify(ledger)),
      leaseObject(new Date()),
    ],
    lists: [
      replicaSetObject('rs', 1, new Date(Date.now() - 60_000)),
      ...PODS.map((name) => podObject(name, 'rs', { ...live, ip: '127.0.0.1' })),
    ],
    apiServerAhead: 0,
    prometheus: answering((series, times) => healthyRows(series, times, percent)),
    kill: (_, response) => response.end('{"killed":false}'),
    chat: (_, response) => response.end('{"reply":"hello"}'),
    config: {},
    env,
  };
}

/** A Prometheus that has these rows for a series at these times: one a second, for as long as was asked. */
export function answering(rows: (series: string, times: readonly number[]) => readonly Row[]): Answer {
  return ({ body }, response) => {
    const form = new URLSearchParams(body);
    const [, series, range] = /^(\w+)\{.*\}\[(\d+)ms\]$/.exec(form.get('query') ?? '') ?? [];
    if (series === undefined) return response.writeHead(400).end('not a range selector');
    const now = Number(form.get('time'));
    const times = Array.from({ length: Math.floor(Number(range) / 1000) }, (_, index) => now - index).reverse();
    const data = { resultType: 'matrix', result: rows(series, times) };
    return response.setHeader('content-type', 'application/json').end(JSON.stringify({ status: 'success', data }));
  };
}

const HEALTHY: Readonly<Record<string, (time: number) => number>> = {
  materializer_success_rate: () => 0.995,
  materializer_latency_p99: () => 0.9,
  error_rate: () => 0.0005,
  chat_latency_p99: () => 0.3,
  queue_depth: () => 3,
  worker_seen: (time) => time,
  decisiontrace_drops: () => 0,
  graph_write_latency_p99: () => 0.1,
  memory_usage: () => 0.4,
  up: () => 1,
  materializer_new: (time) => Math.floor(time),
};

export function healthyRows(series: string, times: readonly number[], percent: number): Row[] {
  const value = series === 'materializer_pct' ? () => percent : HEALTHY[series];
  if (value === undefined) return [];
  const values = times.map((time) => [time, String(value(time))] as const);
  return PODS.map((pod) => ({ metric: { pod }, values }));
}
