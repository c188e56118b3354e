import { readCluster } from '../observe/cluster';
import { containerNamed, wiringOf } from '../observe/environment';
import { readKillStates } from '../observe/killState';
import type { Kubectl } from '../observe/kubectl';
import { annotations, number, type Workload } from '../observe/kubeObjects';
import { latchNow } from '../observe/latchNow';
import { withRedis } from '../observe/redisClient';
import { FLAG_KEY } from '../observe/redisFlag';
import type { SwitchesSource } from '../observe/switches';
import { ANNOTATIONS, MANAGERS } from '../phases/names';
import type { ClusterSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { isWired } from '../rollout/cluster';
import { latchSentence } from '../rollout/latch';
import type { Ledger, LedgerReading } from '../rollout/ledger';
import type { Author } from '../rollout/plan';
import { isSeen, ledgerResumed, ledgerResuming, type Resumption } from '../rollout/resume';
import type { Claim } from './claim';
import { confirmMove } from './confirm';
import { updateLedger } from './ledger';
import { giveWorkersBack, unpauseWorkers } from './resumeWorkers';
import { handingBack, killedAgain, refuseNewLatch, writeOnWhatIs } from './resumeWrites';
import { annotationsOf, wiringPatch } from './wiring';

export interface ResumeContext extends SwitchesSource {
  readonly author: Author;
  /** Hears of every step that is done, a sentence each. */
  readonly onStep: (sentence: string) => void;
}

const REDIS_MS = 5_000;
const OFF = { pct: 0, enabled: false } as const;

export interface Step {
  /** What the step is for, when it could not be done. */
  readonly name: string;
  /** @returns what was done */
  readonly act: () => Promise<string>;
}

/** The steps in their order: the latch in the ledger is the first thing written and the last one taken away. */
export function stepsOf(context: ResumeContext, resumption: Resumption, claim: Claim): Step[] {
  const { kubectl, cluster, access, redis, author } = context;
  const { seen, latch, workers } = resumption;
  const replaceLedger = (next: (before: LedgerReading) => Ledger) =>
    updateLedger(
      kubectl,
      (before) => {
        const now = before.kind === 'ledger' ? before.ledger.latch : undefined;
        if (now !== undefined && !isSeen(resumption, now)) throw killedAgain(latchSentence(now));
        return next(before);
      },
      MANAGERS.resume,
    );
  let move = 0;
  const confirmed = () => confirmMove(kubectl, cluster, move, () => Date.now());
  return [
    {
      name: 'the latch in the ledger',
      act: async () => {
        await replaceLedger((before) => ledgerResuming(before, latch));
        return `the ledger says ${latchSentence(latch)}`;
      },
    },
    {
      name: '0 %, off, at every Ready pod',
      act: async () => {
        await writeOnWhatIs(kubectl, cluster.deployment, (deployment) => {
          refuseNewLatch(deployment, seen);
          move = moveIn(deployment) + 1;
          const { resourceVersion } = deployment.metadata;
          const template = { metadata: { annotations: annotationsOf({ ...OFF, move }) } };
          return { type: 'strategic', content: { metadata: { resourceVersion }, spec: { template } } };
        });
        await confirmed();
        return `every Ready pod runs move ${move}: 0 %, off`;
      },
    },
    {
      name: 'the wiring of the variables',
      act: async () => {
        const wired = move;
        await writeOnWhatIs(kubectl, cluster.deployment, (deployment) => {
          refuseNewLatch(deployment, seen);
          if (readsAnnotations(deployment, cluster.container)) return undefined;
          move = wired + 1;
          const { resourceVersion } = deployment.metadata;
          const content = { metadata: { resourceVersion }, ...wiringPatch(cluster.container, { ...OFF, move }) };
          return { type: 'strategic', content };
        });
        if (move !== wired) await confirmed();
        await refuseServing(kubectl, cluster);
        return move === wired ? 'the variables read the annotations' : 'the variables read the annotations again';
      },
    },
    {
      name: 'the Redis flag',
      act: async () => {
        const wasOff = await withRedis(redis, REDIS_MS, async (client) => {
          const off = (await client.get(FLAG_KEY)) === '0';
          if (off) await client.del(FLAG_KEY);
          return off;
        });
        return wasOff ? 'the Redis flag is deleted' : 'the Redis flag is not 0';
      },
    },
    {
      name: 'the question to every pod',
      act: async () => {
        const { state, token } = await readCluster(kubectl, cluster);
        for (const [pod, killed] of await readKillStates(state.denis?.pods ?? [], access, token)) {
          if (killed.kind === 'unreadable') throw new UserError('pod', `pod ${pod}: ${killed.reason}`);
          if (killed.value) throw killedAgain(`pod ${pod} was told to stop through the API`);
        }
        return 'no pod is told to stop';
      },
    },
    {
      name: 'the workers',
      act: async () => {
        const paused = await unpauseWorkers(kubectl, cluster.workers);
        const given = await giveWorkersBack(kubectl, cluster.workers, workers);
        const free = paused.length === 0 ? '' : `, and KEDA scales them again (${paused.join(', ')})`;
        return given === 0
          ? `the workers stay at 0, for nobody noted how many there were${free}; start them: kubectl scale deployment/${cluster.workers} --replicas=N -n ${cluster.namespace}`
          : `there are ${given} workers${free}`;
      },
    },
    {
      name: 'the latch on the Deployment',
      act: async () => {
        const lost = await claim.lostTo();
        if (lost !== undefined)
          throw new UserError('claim-lost', `${lost.holder || 'another move'} took the move over`);
        await writeOnWhatIs(kubectl, cluster.deployment, (deployment) => {
          refuseNewLatch(deployment, seen);
          if (moveIn(deployment) !== move || !readsAnnotations(deployment, cluster.container)) {
            throw new UserError('overtaken', `somebody wrote to Deployment ${cluster.deployment} meanwhile`);
          }
          return handingBack(deployment, latchRemoval(deployment));
        });
        return 'the Deployment carries no latch, its fields belong to the rollout again';
      },
    },
    {
      name: 'the latch in the ledger, and the end of the rollout',
      act: async () => {
        await replaceLedger((before) => ledgerResumed(before, move, author));
        const latch = await latchNow(kubectl, cluster);
        if (latch !== undefined) throw killedAgain(latch);
        return 'the ledger begins anew: 0 % permitted, no rollout, no baseline, no latch';
      },
    },
  ];
}

const moveIn = ({ spec }: Workload): number => number(annotations(spec.template)[ANNOTATIONS.move]) ?? 0;

const readsAnnotations = ({ spec }: Workload, container: string): boolean =>
  isWired(wiringOf(containerNamed(spec.template.spec, container)));

/** What was seen of the latch, by value: a newer one is no match. */
function latchRemoval(deployment: Workload): object[] {
  const value = annotations(deployment)[ANNOTATIONS.latch];
  const path = `/metadata/annotations/${ANNOTATIONS.latch.replaceAll('/', '~1')}`;
  return value === undefined
    ? []
    : [
        { op: 'test', path, value },
        { op: 'remove', path },
      ];
}

/** The switches are cleared only where the environment alone keeps the feature off, in every Ready pod. */
async function refuseServing(kubectl: Kubectl, cluster: ClusterSettings): Promise<void> {
  const { denis } = (await readCluster(kubectl, cluster)).state;
  const serving = denis?.pods.filter(({ ready, serves }) => ready && serves.enabled !== false && serves.pct !== 0);
  if (serving?.length === 0) return;
  const names = serving?.map(({ name }) => name).join(', ') ?? 'the Deployment is gone';
  throw new UserError('serving', `not every pod is off by its environment: ${names}`);
}
