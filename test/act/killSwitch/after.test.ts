import assert from 'node:assert/strict';
import { lookAfterKill } from '../../../act/killSwitch/after';
import { jobSeries, lookoutOn } from '../../../act/killSwitch/lookout';
import type { CeleryTarget } from '../../../observe/celery';
import type { KillReading } from '../../../observe/killReading';
import type { PodAccess } from '../../../observe/podAccess';
import type { AfterKill } from '../../../rollout/kill';
import { type StandIn, standIn } from '../../observe/support/standIn';
import { validSettings } from '../../support/validSettings';
import { readingOf } from './support';

const nobody: PodAccess = () => Promise.reject(new Error('no pod can be asked'));
const settings = validSettings({ celery: 'on' }).celery!;
const target: CeleryTarget = { settings, broker: 'redis://127.0.0.1:1' };
/** What Celery says while no job runs. */
const IDLE = 'echo \'{"w": []}\'';
const BUSY = 'echo \'{"w": [{"name": "materializer"}]}\'';

describe('act/killSwitch/after, running jobs', function () {
  this.timeout(60_000);
  const made: StandIn[] = [];
  after(() => {
    for (const one of made) one.remove();
  });

  interface Given {
    /** Shell that stands for Celery. */
    readonly script?: string;
    readonly celery?: () => Promise<CeleryTarget | undefined>;
    readonly workers?: KillReading['workers'];
    /** ms since the order. */
    readonly elapsed?: number;
  }
  /** Looks until something is known of the running jobs; the rest of the look is ended then. */
  async function look({ script = IDLE, celery = async () => target, workers, elapsed = 0 }: Given): Promise<{
    readonly found: AfterKill;
    readonly said: readonly string[];
  }> {
    const program = standIn('celery', script);
    made.push(program);
    const begun = performance.now() - elapsed;
    const since = (): number => performance.now() - begun;
    const lookout = lookoutOn(nobody, 'denis', jobSeries(), since);
    const stop = new AbortController();
    const said: string[] = [];
    let found: AfterKill | undefined;
    try {
      await lookAfterKill({
        access: nobody,
        lookout,
        read: async () => readingOf([], { workers }),
        chat: undefined,
        celery,
        env: program.env,
        elapsed: since,
        onFound: (finding) => {
          if (finding.what !== 'running jobs') return;
          found = finding;
          stop.abort();
        },
        onProgress: (what, sentence) => {
          if (what === 'running jobs') said.push(sentence);
        },
        signal: stop.signal,
      });
    } finally {
      lookout.stop();
    }
    return { found: found!, said };
  }

  it('says that it did not look where Celery is not configured', async () => {
    const { found } = await look({ celery: async () => undefined });
    assert.deepEqual([found.state, found.sentence], ['unseen', 'not looked at: canary:celery is off']);
  });

  it('says why it could not where the settings cannot be read', async () => {
    const { found } = await look({ celery: () => Promise.reject(new Error('they are encrypted')) });
    assert.deepEqual([found.state, found.sentence], ['unseen', 'they are encrypted']);
  });

  it('looks until no job runs, and says what still waits', async () => {
    const busyOnce = `case "$*" in *active*) if mkdir "$FOLDER/asked"; then ${BUSY}; else ${IDLE}; fi;; *reserved*) ${BUSY};; *) ${IDLE};; esac`;
    const { found, said } = await look({ script: busyOnce });
    assert.deepEqual(said, ['1 run']);
    assert.deepEqual(
      [found.state, found.sentence],
      ['good', 'none runs at 1 workers; 1 reserved, 0 scheduled, the queue not known'],
    );
  });

  it('is late once the budget is over', async () => {
    const { found } = await look({ script: BUSY, elapsed: 30_000 });
    assert.equal(found.state, 'late');
    assert.match(found.sentence, /^1 still run; /);
  });

  it('does not take silence for no job', async () => {
    const { found } = await look({ script: 'echo "No nodes replied" >&2; exit 69', elapsed: 30_000 });
    assert.equal(found.state, 'unseen');
    assert.match(found.sentence, /^no worker answered within 3 s: .*; reserved not known, scheduled not known/);
  });

  it('takes it for no job where there are no workers', async () => {
    const workers = { replicas: 0, running: 0 };
    const { found } = await look({ script: 'echo "No nodes replied" >&2; exit 69', workers });
    assert.equal(found.state, 'good');
    assert.match(found.sentence, /^none runs: there are no workers; /);
  });
});
