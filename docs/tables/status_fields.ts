import { code, markdownTable } from "./blocks.ts";

const SOURCE = new URL("../../consumer/status/status.ts", import.meta.url);

/** What the consumer's status page tells: the comments of its fields. */
export function statusFields(): string {
  const source = Deno.readTextFileSync(SOURCE);
  const body = /^export interface ConsumerStatus \{\n(.*?)^\}$/ms.exec(source)![1]!;
  const fields = [...body.matchAll(/^ {2}(?:\/\*\*((?:(?!\*\/).)*)\*\/\s+)?readonly (\w+):/gms)];
  return markdownTable(
    ["field", "what it tells"],
    fields.map(([, comment = "", name]) => [
      code(name!),
      comment.replaceAll(/^\s*\*/gm, "").replaceAll(/\s+/g, " ").trim().replace(/\.$/, ""),
    ]),
  );
}
