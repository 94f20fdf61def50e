import { UserError } from "../shared/cli/errors.ts";

/**
 * What `fetch` gets, or undefined when this machine lacks something for it: the bench then goes on
 * without, and a line says why.
 *
 * @param name what is left out
 */
export async function orWithout<Fetched>(
  name: string,
  fetch: () => Promise<Fetched>,
  log: (line: string) => void,
): Promise<Fetched | undefined> {
  try {
    return await fetch();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log(`Measuring without ${name}: ${error.message.replace(/\s*\n\s*/g, " ")}`);
    return undefined;
  }
}
