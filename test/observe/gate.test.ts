import assert from 'node:assert/strict';
import type { Gate } from '../../observe/gate';
import { UserError } from '../../phases/userError';
import { nobodyAt } from './support/loopback';
import {
  denisObject,
  leaseObject,
  ledgerObject,
  namespaceObject,
  podObject,
  UID,
  workersObject,
} from './support/objects';
import { answering, type Facts, healthyRows, PODS, type RecordedWorld, recordedWorld } from './support/recordedWorld';
import { type RedisServer, startRedis } from './support/redis';

const LIVE = 10;
const LIVE_VALUES = { pct: '10', enabled: 'true', move: '4' };

/** The healthy world's Prometheus with one series changed. */
const withSeries = (name: string, change: (rows: ReturnType<typeof healthyRows>) => ReturnType<typeof healthyRows>) =>
  answering((series, times) => {
    const rows = healthyRows(series, times, LIVE);
    return series === name ? change(rows) : rows;
  });

const replace = (objects: object[], kind: string, name: string, by: object | undefined): object[] =>
  objects.flatMap((object) => {
    const { kind: found, metadata } = object as { kind: string; metadata: { name: string } };
    if (found !== kind || metadata.name !== name) return [object];
    return by === undefined ? [] : [by];
  });

interface Fault {
  readonly what: string;
  readonly change: (facts: Facts) => void;
  /** One of the refusals; it says what to do, or `todo` does. */
  readonly reason: RegExp;
  readonly todo?: RegExp;
  /** False where nobody can know that a lower phase is lower; off is always possible. */
  readonly lowerPhase?: false;
}

/** Which answers of Prometheus, of what for all series, and for one. */
const METRIC_FAULTS: Fault[] = [
  {
    what: 'Prometheus answers with its own 4xx',
    change: (facts) => {
      facts.prometheus = (_, response) =>
        response.writeHead(422).end('{"status":"error","errorType":"execution","error":"too many samples"}');
    },
    reason: /error rate.*: unreachable \(Prometheus: answered 422 \(execution\): too many samples\)/,
  },
  {
    what: 'Prometheus answers 5xx',
    change: (facts) => {
      facts.prometheus = (_, response) => response.writeHead(503, { 'content-type': 'text/plain' }).end('starting');
    },
    reason: /Prometheus: answered 503 with text\/plain, not JSON; is canary:prometheus its address/,
  },
  {
    what: 'a login page answers instead of Prometheus',
    change: (facts) => {
      facts.prometheus = (_, response) => response.setHeader('content-type', 'text/html').end('<html>Log in</html>');
    },
    reason:
      /answered 200 with text\/html, not JSON; is canary:prometheus its address, and is no login page in between\?/,
  },
  {
    what: 'another program with JSON answers',
    change: (facts) => {
      facts.prometheus = (_, response) => response.end('{"healthy":true}');
    },
    reason: /answered 200 with JSON of another form than that of its HTTP API/,
  },
  {
    what: 'the samples are those of the endpoints, and nobody samples',
    change: (facts) => {
      facts.config['canary:source'] = 'endpoint';
      facts.config['canary:journal'] = '/nonexistent/journal';
    },
    reason:
      /success rate.*: unreachable \(there are no samples of the last \S+ in \/nonexistent\/journal; start the sampler on this machine and leave it running: npm run sample -- --stack canary-50\)/,
  },
  {
    what: 'Prometheus has no data at all',
    change: (facts) => {
      facts.prometheus = answering(() => []);
    },
    reason: /success rate.*: no data \(the query returned no samples\)/,
  },
  {
    what: 'one hard metric has no data',
    change: (facts) => {
      facts.prometheus = withSeries('error_rate', () => []);
    },
    reason: /error rate.*: no data \(the query returned no samples\)/,
  },
  {
    what: 'two series claim to be one pod',
    change: (facts) => {
      facts.prometheus = withSeries('error_rate', (rows) => [
        ...rows,
        { ...rows[0]!, metric: { pod: PODS[0], instance: 'twice' } },
      ]);
    },
    reason: /error rate: ambiguous \(two series for pod denis-a; narrow the matchers of this metric\)/,
  },
  {
    what: 'a metric is NaN',
    change: (facts) => {
      facts.prometheus = withSeries('materializer_success_rate', (rows) =>
        rows.map(({ metric, values }) => ({ metric, values: values.map(([time]) => [time, 'NaN'] as const) })),
      );
    },
    reason: /success rate.*: no data \(all \d+ samples were NaN or infinite\)/,
  },
  {
    what: 'a metric is stale',
    change: (facts) => {
      facts.prometheus = withSeries('error_rate', (rows) =>
        rows.map(({ metric, values }) => ({ metric, values: values.slice(0, -10) })),
      );
    },
    reason: /error rate: stale \(newest sample is 10(\.\d)?s old, more than 5s\)/,
  },
  {
    what: 'a percent comes in place of a ratio',
    change: (facts) => {
      facts.prometheus = withSeries('materializer_success_rate', (rows) =>
        rows.map(({ metric, values }) => ({ metric, values: values.map(([time]) => [time, '99.5'] as const) })),
      );
    },
    reason: /success rate: out of range \(99\.5 is outside 0–1; if the service writes percent, set unit: percent/,
  },
  {
    what: "Prometheus' clock is 45 s ahead",
    change: (facts) => {
      const answer = facts.prometheus;
      facts.prometheus = (request, response) => {
        response.setHeader('date', new Date(Date.now() + 45_000).toUTCString());
        return answer(request, response);
      };
    },
    reason: /^the clock of Prometheus is 4[45] s ahead of this machine's$/m,
    todo: /synchronise the clocks \(NTP\)/,
  },
  {
    what: "the API server's clock is 45 s behind",
    change: (facts) => {
      facts.apiServerAhead = -45;
    },
    reason: /^the clock of the API server is 4[56] s behind this machine's$/m,
    todo: /synchronise the clocks \(NTP\)/,
  },
];

const CLUSTER_FAULTS: Fault[] = [
  {
    what: 'nobody watches',
    change: (facts) => {
      facts.named = replace(facts.named, 'Lease', 'denis-canary-watcher', undefined);
    },
    reason: /nobody watches the rollback rules: there is no heartbeat \(Lease denis-canary-watcher\)/,
    todo: /start the watcher and leave it running: npm run watch -- --stack canary-50/,
  },
  {
    what: 'the watcher died',
    change: (facts) => {
      const old = leaseObject(new Date(Date.now() - 90_000));
      facts.named = replace(facts.named, 'Lease', 'denis-canary-watcher', old);
    },
    reason: /the heartbeat of the watcher \(watcher-1\) is 1m3\ds old, 1m00s is the most/,
    todo: /start the watcher/,
  },
  {
    what: 'the kill state of the pods cannot be read',
    change: (facts) => {
      facts.kill = (_, response) => response.writeHead(401).end();
    },
    reason:
      /live exposure is unknown: pod denis-a: its kill state cannot be read \(it answers 401: the token of Secret/,
    todo: /make it readable; going down is possible meanwhile/,
  },
  {
    what: 'the pods may not be listed',
    change: (facts) => {
      facts.lists = [];
      facts.listsError = 'Error from server (Forbidden): pods is forbidden: User "ana" cannot list resource "pods"\n';
    },
    reason: /live exposure is unknown: the pods of namespace denis cannot be read: pods is forbidden/,
    todo: /make it readable/,
  },
  {
    what: 'the Deployment is not adopted',
    change: (facts) => {
      const env = [
        { name: 'DENIS_MATERIALIZERS_PCT', value: '10' },
        { name: 'DENIS_MATERIALIZERS_ENABLED', value: 'true' },
      ];
      facts.named = replace(facts.named, 'Deployment', 'denis', denisObject({ env }));
      for (const pod of PODS) {
        facts.lists = replace(facts.lists, 'Pod', pod, podObject(pod, 'rs', { env, ip: '127.0.0.1' }));
      }
    },
    reason: /the Deployment is not adopted: its two variables do not read the annotations/,
    todo: /npm run adopt/,
  },
  {
    what: 'the annotations are missing',
    change: (facts) => {
      facts.named = replace(facts.named, 'Deployment', 'denis', denisObject({ pct: '10', enabled: 'true' }));
    },
    reason: /the Deployment is not adopted: its annotations are missing/,
    todo: /npm run adopt/,
  },
  {
    what: 'the container has another name',
    change: (facts) => {
      facts.named = replace(facts.named, 'Deployment', 'denis', denisObject({ ...LIVE_VALUES, container: 'web' }));
      for (const pod of PODS) {
        const other = podObject(pod, 'rs', { ...LIVE_VALUES, container: 'web', ip: '127.0.0.1' });
        facts.lists = replace(facts.lists, 'Pod', pod, other);
      }
    },
    reason: /the live exposure is unknown: pod denis-a: its percentage cannot be read from its environment/,
    lowerPhase: false,
  },
  {
    what: 'the Deployment is missing',
    change: (facts) => {
      facts.named = replace(facts.named, 'Deployment', 'denis', undefined);
    },
    reason: /the Deployment of Denis does not exist/,
    todo: /check canary:namespace and canary:deployment/,
    lowerPhase: false,
  },
  {
    what: 'the Deployment of the workers is missing',
    change: (facts) => {
      facts.named = replace(facts.named, 'Deployment', 'denis-workers', undefined);
    },
    reason: /the Deployment of the workers does not exist/,
    todo: /check canary:workers/,
  },
  {
    what: 'the ledger is missing',
    change: (facts) => {
      facts.named = replace(facts.named, 'ConfigMap', 'denis-canary', undefined);
    },
    reason: /the ledger \(ConfigMap denis-canary\) is missing/,
    todo: /npm run adopt writes a new one/,
  },
  {
    what: 'the rollout began with the samples of another source',
    change: (facts) => {
      const ledger = { version: 1, permitted: LIVE, source: 'endpoint laptop' };
      facts.named = replace(facts.named, 'ConfigMap', 'denis-canary', ledgerObject(JSON.stringify(ledger)));
    },
    reason:
      /this rollout is judged by the samples of endpoint laptop, but the settings name prometheus http:\/\/127\.0\.0\.1:\d+/,
    todo: /set canary:source and canary:prometheus as they were/,
  },
  {
    what: 'the ledger is broken',
    change: (facts) => {
      facts.named = replace(facts.named, 'ConfigMap', 'denis-canary', ledgerObject('{"version":2}'));
    },
    reason: /the ledger \(ConfigMap denis-canary\) cannot be read: ledger\.json: version/,
    todo: /restore it from its last evidence/,
  },
  {
    what: 'the feature is latched',
    change: (facts) => {
      facts.named = replace(facts.named, 'Deployment', 'denis', denisObject({ ...LIVE_VALUES, latch: 'ana, 10:00' }));
    },
    reason: /the feature is off and stays off: the Deployment carries a latch \(ana, 10:00\)/,
    todo: /find out why it was killed, then npm run resume ends this rollout/,
  },
];

const SETTINGS_FAULTS: Fault[] = [
  {
    what: 'a duration has no unit',
    change: (facts) => {
      facts.config['canary:scrapeInterval'] = '15';
    },
    reason: /canary:scrapeInterval: expected a duration with a unit, such as 4h, 1h30m or 15s; found "15"/,
  },
  {
    what: 'a key is unknown',
    change: (facts) => {
      facts.config['canary:promteheus'] = 'http://x';
    },
    reason: /canary:promteheus: unknown setting; the known ones are listed in docs\/settings\.md/,
  },
  {
    what: 'a time scale is set outside a sandbox',
    change: (facts) => {
      facts.named = replace(facts.named, 'Namespace', 'kube-system', namespaceObject(UID));
    },
    reason: /canary:timeScale is 3600, but this cluster is not a sandbox: remove the setting/,
  },
];

describe('gate', function () {
  this.timeout(15_000);
  let redis: RedisServer;
  let world: RecordedWorld;
  before(async () => {
    redis = await startRedis();
    world = await recordedWorld(LIVE, redis.url);
  });
  after(async () => {
    await world?.close();
    await redis?.stop();
  });

  /** Neither judging nor refusing changes anything. */
  afterEach(() => {
    for (const line of world.asked()) assert.match(line, /^(get |auth whoami|$)/);
  });

  function assertRefused({ judgement, text }: Gate, { reason, todo }: Pick<Fault, 'reason' | 'todo'>): void {
    assert.equal(judgement.permit.direction, 'up');
    assert.equal(judgement.permit.allowed, false, text);
    assert.match(judgement.permit.reasons.join('\n'), reason);
    if (todo !== undefined) assert.match(judgement.permit.todo.join('\n'), todo);
    assert.match(text, reason.flags === 'm' ? new RegExp(reason.source.replace(/[$^]/g, '')) : reason);
  }

  async function assertDownAllowed({ change, lowerPhase }: Pick<Fault, 'change' | 'lowerPhase'>): Promise<void> {
    const off = await world.gate('canary-50', (facts) => {
      change(facts);
      facts.config['canary:enabled'] = 'false';
    });
    assert.deepEqual([off.judgement.permit.direction, off.judgement.permit.allowed], ['down', true], off.text);
    if (lowerPhase === false) return;
    const lower = await world.gate('canary-1', change);
    assert.deepEqual([lower.judgement.permit.direction, lower.judgement.permit.allowed], ['down', true], lower.text);
  }

  describe('in a healthy world', () => {
    it('lets the next phase through, and says why', async () => {
      const { judgement, text, cluster } = await world.gate('canary-50');
      assert.equal(judgement.permit.allowed, true, text);
      assert.match(text, /^canary-10 → canary-50 {3}PROMOTE {3}every hard check held for 24s$/m);
      assert.match(text, /^ {2}success rate +99\.5/m);
      assert.equal(cluster.context, 'recorded');
    });

    it('refuses a phase that skips one', async () => {
      const gate = await world.gate('canary-100');
      assertRefused(gate, {
        reason: /canary-100 skips a phase: after 10 % comes canary-50/,
        todo: /--stack canary-50/,
      });
    });

    it('calls the live phase the same, and a lower one down', async () => {
      assert.equal((await world.gate('canary-10')).judgement.permit.direction, 'same');
      await assertDownAllowed({ change: () => {} });
    });

    it('asks nothing of Prometheus and of the chat for a move down', async () => {
      const asked: string[] = [];
      const { judgement } = await world.gate('canary-1', (facts) => {
        for (const part of ['prometheus', 'chat'] as const) {
          facts[part] = (_, response) => {
            asked.push(part);
            return response.end();
          };
        }
      });
      assert.equal(judgement.permit.allowed, true);
      assert.deepEqual(asked, []);
    });
  });

  for (const fault of [...METRIC_FAULTS, ...CLUSTER_FAULTS, ...SETTINGS_FAULTS]) {
    it(`refuses up and allows down when ${fault.what}`, async () => {
      assertRefused(await world.gate('canary-50', fault.change), fault);
      await assertDownAllowed(fault);
    });
  }

  it('refuses up and allows down when nobody listens where Prometheus should', async () => {
    const origin = await nobodyAt();
    const change = (facts: Facts): void => {
      facts.config['canary:prometheus'] = origin.replace('//', '//reader:s3cret@');
    };
    const gate = await world.gate('canary-50', change);
    assertRefused(gate, { reason: /error rate.*: unreachable \(Prometheus: connection refused at http:\/\/127/ });
    assert.doesNotMatch(JSON.stringify(gate.judgement) + gate.text, /s3cret/);
    await assertDownAllowed({ change });
  });

  it('refuses up within 10 s when Prometheus hangs, and allows down without waiting for it', async () => {
    const change = (facts: Facts): void => {
      facts.prometheus = () => {};
    };
    let started = performance.now();
    const gate = await world.gate('canary-50', change);
    assert.ok(performance.now() - started < 10_000);
    assertRefused(gate, { reason: /error rate.*: unreachable \(Prometheus: no answer within 5 s from http/ });
    started = performance.now();
    await assertDownAllowed({ change });
    assert.ok(performance.now() - started < 4_000);
  });

  it('refuses up and allows down when Redis is gone', async () => {
    const gone = await startRedis();
    await gone.stop();
    const change = (facts: Facts): void => {
      facts.config['canary:redis'] = gone.url;
    };
    assertRefused(await world.gate('canary-50', change), {
      reason: /the live exposure is unknown: the Redis flag cannot be read \(Redis: .*ECONNREFUSED/,
      todo: /make it readable/,
    });
    await assertDownAllowed({ change });
  });

  it('refuses up and allows down when the URL of Redis means nothing', async () => {
    const change = (facts: Facts): void => {
      facts.config['canary:redis'] = 'redis://127.0.0.1/first';
    };
    assertRefused(await world.gate('canary-50', change), { reason: /canary:redis: expected the number of a database/ });
    await assertDownAllowed({ change });
  });

  describe('from 0 %', () => {
    let off: RecordedWorld;
    before(async () => {
      off = await recordedWorld(0, redis.url);
    });
    after(() => off?.close());

    const start = (change?: (facts: Facts) => void) => off.gate('canary-1', change);
    const series = (name: string, text: string) =>
      answering((asked, times) =>
        healthyRows(asked, times, 0).map(({ metric, values }) => ({
          metric,
          values: asked === name ? values.map(([time]) => [time, text] as const) : values,
        })),
      );

    it('lets canary-1 begin, with the baseline that it measured', async () => {
      const { judgement, text } = await start();
      assert.equal(judgement.permit.allowed, true, text);
      assert.equal(judgement.baseline?.chatP99, 0.3);
    });

    it('pins the source of its samples, without a password', async () => {
      const { judgement } = await start();
      assert.match(judgement.beside.source ?? '', /^prometheus http:\/\/127\.0\.0\.1:\d+$/);
    });

    it('refuses when the chat does not answer, or answers badly', async () => {
      const origin = await nobodyAt();
      assertRefused(
        await start((facts) => {
          facts.config['canary:chat'] = `${origin}/chat`;
        }),
        { reason: /\/chat does not answer \(connection refused at http/ },
      );
      assertRefused(
        await start((facts) => {
          facts.chat = (_, response) => response.writeHead(500).end();
        }),
        { reason: /\/chat answers 500, not 200, to the test message/ },
      );
    });

    it('refuses an error rate that is already bad, and names the unit', async () => {
      assertRefused(
        await start((facts) => {
          facts.prometheus = series('error_rate', '0.08');
        }),
        { reason: /error rate is 8.*before anything began; if the service writes percent, set unit: percent/ },
      );
    });

    it('refuses workers that were not seen', async () => {
      const long = String(Date.now() / 1000 - 500);
      assertRefused(
        await start((facts) => {
          facts.prometheus = series('worker_seen', long);
        }),
        { reason: /the workers were last seen .* ago/ },
      );
    });
  });

  describe('cannot judge, and says what to do', () => {
    async function assertThrows(call: Promise<unknown>, code: string, message: RegExp): Promise<void> {
      await assert.rejects(call, (thrown: unknown) => {
        assert.ok(thrown instanceof UserError, String(thrown));
        assert.equal(thrown.code, code);
        assert.match(thrown.message, message);
        return true;
      });
    }
    /** The real kubectl of the PATH this test runs with. */
    const realKubectl = (facts: Facts, kubeconfig: string): void => {
      facts.env = { ...process.env, KUBECONFIG: kubeconfig };
    };

    it('about a stack outside the ladder, before it reads anything', async () => {
      const names =
        /^stack canary-5 is no phase of the plan; the stacks are canary-1, canary-10, canary-50, canary-100, base$/;
      await assertThrows(world.gate('canary-5'), 'stack', names);
      assert.deepEqual(world.asked(), ['']);
    });

    it('without a kubeconfig', async () => {
      const call = world.gate('canary-1', (facts) => realKubectl(facts, '/nonexistent/kubeconfig'));
      await assertThrows(call, 'cluster', /context recorded.*KUBECONFIG/);
    });

    it('in another cluster', async () => {
      const call = world.gate('canary-1', (facts) => {
        facts.named = replace(facts.named, 'Namespace', 'kube-system', namespaceObject('another-uid'));
      });
      await assertThrows(call, 'wrong-cluster', /another cluster than the settings name: .* UID another-uid/);
    });

    it('without the right to read the Deployment', async () => {
      const call = world.gate('canary-1', (facts) => {
        facts.named = [namespaceObject(), workersObject()];
        facts.namedError =
          'Error from server (Forbidden): deployments.apps "denis" is forbidden: User "ana" cannot get resource\n';
      });
      await assertThrows(call, 'cluster', /^ana may not read what every move needs: .*; bind the Role denis-canary-up/);
    });

    it('without the settings that name the cluster', async () => {
      const call = world.gate('canary-1', (facts) => {
        Object.assign(facts.config, { 'canary:clusterUid': undefined, 'canary:port': '99999' });
      });
      await assertThrows(call, 'settings', /^canary:clusterUid: .*; found nothing; set it with: pulumi config set/m);
      await assertThrows(call, 'settings', /^canary:port: .*65535.*; found "99999"$/m);
    });
  });
});
