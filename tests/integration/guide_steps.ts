/** A change that a page tells its reader to make. */
export interface Step {
  readonly path: string;
  /** What the file has there; undefined if it is new. */
  readonly before?: string;
  readonly after: string;
}

/**
 * The changes that a page shows, in order: a block of code that begins with `// path` is a new file, a
 * `diff` that begins with `--- path` a change of one that is there.
 */
export function stepsOf(page: string): Step[] {
  return [...page.matchAll(/^```(ts|diff)\n(.+?)^```$/gms)].map(([, language, block]) => {
    const [, path, body] = /^(?:\/\/|---) (\S+)\n(.*)$/s.exec(block!) ?? [];
    if (path === undefined) throw new Error(`a block of code names no file: ${block}`);
    if (language === "ts") return { path, after: body! };
    const lines = body!.trimEnd().split("\n");
    const side = (marks: string) =>
      lines.filter((line) => marks.includes(line[0] ?? " ")).map((line) => line.slice(1)).join(
        "\n",
      );
    return { path, before: side(" -"), after: side(" +") };
  });
}

/**
 * Makes a change in a copy of the project.
 *
 * @throws when the file does not have exactly one such place
 */
export async function follow({ path, before, after }: Step, folder: string): Promise<void> {
  const file = `${folder}/${path}`;
  if (before === undefined) return await Deno.writeTextFile(file, after, { createNew: true });
  const text = await Deno.readTextFile(file);
  const places = text.split(before).length - 1;
  if (places !== 1) throw new Error(`${path} has ${places} places like this:\n${before}`);
  await Deno.writeTextFile(file, text.replace(before, () => after));
}
