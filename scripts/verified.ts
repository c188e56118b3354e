import { judgeStack } from '../observe/gate';
import type { RawSettings } from '../phases/settings';
import { UserError } from '../phases/userError';
import { verificationOf } from '../rollout/verification';
import { isUsage } from './command';
import type { Found } from './verifyReport';

/** Judges a stack's live phase. A cluster that cannot be read is a source that is unreachable; wrong usage stays wrong usage. */
export async function verified(stack: string, raw: RawSettings, signal?: AbortSignal): Promise<Found> {
  try {
    const gate = await judgeStack(stack, raw, process.env, {
      always: true,
      information: true,
      ...(signal && { signal }),
    });
    const { settings } = gate.judgement.beside;
    if (settings.kind === 'unreadable') throw new UserError('settings', settings.reason);
    return { gate, verification: verificationOf(gate.judgement) };
  } catch (thrown) {
    if (thrown instanceof UserError && !isUsage(thrown)) return thrown;
    throw thrown;
  }
}
