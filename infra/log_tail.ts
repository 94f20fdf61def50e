/** The last lines of a service's log, indented for an error message; empty when there is no log. */
export async function logTail(path: string, lines = 15): Promise<string> {
  try {
    return tail(await Deno.readTextFile(path), lines);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

/** The last lines of a text but for blank ones and stack frames, each indented. */
export function tail(text: string, lines = 15): string {
  return text.split("\n").filter((line) => !/^\s*(at .*)?$/.test(line)).slice(-lines)
    .map((line) => `    ${line.trimEnd()}`).join("\n");
}
