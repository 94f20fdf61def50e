import type { Blocks } from "./blocks.ts";
import type { Relation } from "./read_schema.ts";

/** The blocks that are made of what a warehouse says of its schema. */
export function warehouseBlocks(schema: readonly Relation[]): Blocks {
  const tables = schema.filter(({ isView }) => !isView);
  const isStar = ({ name }: Relation) => /^(fact|dim)_/.test(name);
  return {
    facts: () => listOf(tables.filter(({ name }) => name.startsWith("fact_"))),
    dimensions: () => listOf(tables.filter(({ name }) => name.startsWith("dim_"))),
    views: () => listOf(schema.filter(({ isView }) => isView)),
    "other-tables": () => listOf(tables.filter((one) => !isStar(one))),
  };
}

/** A list, as the meaning of a column may be longer than a line of a table should be. */
function listOf(relations: readonly Relation[]): string {
  return relations.map(({ name, comment, columns }) => {
    const lines = columns.map(({ name, type, comment, isKey, refersTo }) => {
      const kind = [type, ...isKey ? ["key"] : [], ...refersTo ? [`of ${refersTo}`] : []];
      return `- \`${name}\` (${kind.join(", ")}): ${comment}`;
    });
    return `### ${name}\n\n${comment}\n\n${lines.join("\n")}`;
  }).join("\n\n");
}
