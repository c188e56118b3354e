import { readWithSwitches } from '../observe/switches';
import { reasonOf, UserError } from '../phases/userError';
import { readLedger } from '../rollout/ledger';
import { type ResumeVerdict, type Resumption, resumeOf } from '../rollout/resume';
import { claimMove } from './claim';
import { type ResumeContext, stepsOf } from './resumeSteps';

/**
 * Looks what is off; writes nothing.
 * @throws UserError when the cluster cannot be read or is another one than the settings name
 */
export async function planResume({ author, ...source }: Omit<ResumeContext, 'onStep'>): Promise<ResumeVerdict> {
  const { state, switches } = await readWithSwitches(source);
  return resumeOf(state, switches, readLedger(state.ledger), author);
}

/**
 * Clears what keeps the feature off, and leaves it off: first 0 %, off, at every Ready pod, then the switches, the latch last.
 * Idempotent. A step that fails leaves the latch; a kill that comes meanwhile stays.
 * @throws UserError `claimed` while a move is under way, `resume` saying what was done and what was not
 */
export async function resume(context: ResumeContext, resumption: Resumption): Promise<void> {
  const { kubectl, author, onStep } = context;
  const holder = `${author.by} ${author.id}`;
  const claim = await claimMove(kubectl, { holder, percent: 0, takeOver: false, now: () => Date.now() });
  const done: string[] = [];
  const steps = stepsOf(context, resumption, claim);
  try {
    for (const { act } of steps) {
      const sentence = await act();
      done.push(sentence);
      onStep(sentence);
    }
  } catch (thrown) {
    const left = steps.slice(done.length).map(({ name }) => name);
    throw new UserError(
      'resume',
      [
        reasonOf(thrown),
        `done: ${done.join('; ') || 'nothing'}`,
        `not done: ${left.join('; ')}`,
        'The feature stays off, and nothing raises it. Once the cause is known, run npm run resume again: it goes on with what is left.',
      ].join('\n'),
      { cause: thrown },
    );
  } finally {
    await claim.release().catch(() => {}); // it ends by itself after 30 s
  }
}
