import { reasonOf } from '../phases/userError';

/**
 * Makes writes of evidence side by side; one that fails holds nothing up.
 * @param without what is so without the evidence: `the move goes on without`
 * @returns what could not be written, a sentence each
 */
export async function writeAll(
  writes: readonly (readonly [what: string, write: () => unknown])[],
  without: string,
): Promise<string[]> {
  const failed = await Promise.all(
    writes.map(async ([what, write]) => {
      try {
        await write();
        return [];
      } catch (thrown) {
        return [`evidence (${what}): ${reasonOf(thrown)}; ${without}`];
      }
    }),
  );
  return failed.flat();
}
