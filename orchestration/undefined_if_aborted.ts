/** What the work gives; undefined if it fails because the time for it is over. */
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
