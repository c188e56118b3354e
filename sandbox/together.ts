export type Results<T extends readonly unknown[]> = { -readonly [K in keyof T]: Awaited<T[K]> };

/**
 * Like Promise.all, but the first failure aborts the other parts, and it returns only when all have ended: a failed
 * start must not start anything after its clean-up.
 */
export async function together<const T extends readonly unknown[]>(
  failure: AbortController,
  parts: T,
): Promise<Results<T>> {
  const watched = parts.map((part) =>
    Promise.resolve(part).catch((error: unknown) => {
      failure.abort(error);
      throw error;
    }),
  );
  await Promise.allSettled(watched);
  return (await Promise.all(watched)) as Results<T>;
}
