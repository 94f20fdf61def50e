/** The result of the work; undefined if it fails because its time is up. */
export async function undefinedIfAborted<T>(
  over: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (over?.aborted) return undefined;
    throw error;
  }
}
