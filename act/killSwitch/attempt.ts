import type { Kubectl } from '../../observe/kubectl';

/** What an attempt is given for the time that it may take. */
export interface Attempt {
  /** Ends with the signal. */
  readonly kubectl: Kubectl;
  /** Says how far it came: the reason of its failure, should its time be over now. */
  readonly stand: (sentence: string) => void;
  /** Aborted when its time is over, or everything ends. */
  readonly signal: AbortSignal;
}

/** The same commands, which end with a signal. */
export const endingWith =
  (kubectl: Kubectl, signal: AbortSignal): Kubectl =>
  (args, options) =>
    kubectl(args, { ...options, signal });

/**
 * Runs something for so long and no longer, also where it hangs.
 * @throws Error with the sentence that says how far it came
 */
export async function attempt<T>(
  kubectl: Kubectl,
  forMs: number,
  everything: AbortSignal,
  act: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), forMs);
  const signal = AbortSignal.any([over.signal, everything]);
  let standing = 'nothing was seen of it';
  const given: Attempt = {
    kubectl: endingWith(kubectl, signal),
    stand: (sentence) => {
      standing = sentence;
    },
    signal,
  };
  const ended = new Promise<never>((_, reject) => {
    const end = (): void => reject(new Error(everything.aborted ? `interrupted: ${standing}` : standing));
    signal.addEventListener('abort', end, { once: true });
  });
  ended.catch(() => {});
  try {
    return await Promise.race([act(given), ended]);
  } finally {
    clearTimeout(timer);
    over.abort();
  }
}
