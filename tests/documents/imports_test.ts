import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path/posix";

const root = new URL("../../", import.meta.url);

/** Who may use whom, from the bottom up: nobody uses what stands below it in this table. */
const layers: readonly { folder: string; uses: readonly string[]; because: string }[] = [
  {
    folder: "shared/cli",
    uses: [],
    because: "settings, options, errors and signals are the same whatever a program does",
  },
  { folder: "shared/catalogue", uses: [], because: "what an event is depends on nothing else" },
  {
    folder: "shared/formats",
    uses: ["shared/catalogue", "shared/cli"],
    because: "what travels between programs is made of the catalogue's fields",
  },
  { folder: "shared/kafka/codecs", uses: [], because: "bytes in, bytes out" },
  {
    folder: "shared/kafka",
    uses: ["shared/catalogue", "shared/cli", "shared/formats", "shared/kafka/codecs"],
    because: "clients know the topics of the catalogue and the settings",
  },
  {
    folder: "shared/s3",
    uses: ["shared/catalogue", "shared/cli", "shared/formats"],
    because: "clients know the folders of the catalogue and the settings",
  },
  { folder: "shared/postgres", uses: ["shared/cli"], because: "a connection, and its errors" },
  {
    folder: "shared/metrics",
    uses: ["shared/cli"],
    because: "what is counted, and how it leaves, is the same whatever is read or written",
  },
  {
    folder: "infra",
    uses: ["shared"],
    because: "services are started and probed, whoever uses them",
  },
  {
    folder: "logs",
    uses: ["shared", "infra"],
    because: "it prints what services have logged",
  },
  {
    folder: "doctor",
    uses: ["shared", "infra"],
    because: "it looks at what programs and services will meet",
  },
  { folder: "producers", uses: ["shared"], because: "systems know Kafka, and nobody behind it" },
  { folder: "tail", uses: ["shared"], because: "it prints what is in a topic" },
  { folder: "dead_letters", uses: ["shared"], because: "letters are read from Kafka alone" },
  {
    folder: "consumer/airflow",
    uses: ["shared"],
    because: "a landed file is announced by its key",
  },
  { folder: "consumer/batching", uses: ["shared"], because: "rows and batches, without I/O" },
  {
    folder: "consumer/landing",
    uses: ["shared", "consumer/batching"],
    because: "cut batches become files, and plans are settled",
  },
  {
    folder: "consumer/group",
    uses: ["shared", "consumer/batching", "consumer/landing"],
    because: "a member lands what it reads, while it owns the partitions",
  },
  {
    folder: "consumer/status",
    uses: ["shared", "consumer/batching", "consumer/landing", "consumer/group"],
    because: "it tells what the others do",
  },
  {
    folder: "consumer",
    uses: ["shared", "consumer"],
    because: "the program puts its parts together",
  },
  { folder: "warehouse/sql", uses: ["shared"], because: "statements out of the catalogue" },
  {
    folder: "warehouse/source",
    uses: ["shared", "warehouse/sql"],
    because: "a file of any form is rows of the catalogue's fields",
  },
  {
    folder: "warehouse/load",
    uses: ["shared", "warehouse/sql", "warehouse/source"],
    because: "rows become facts and members, in one transaction",
  },
  { folder: "warehouse", uses: ["shared", "warehouse"], because: "the programs" },
  { folder: "schema", uses: ["shared"], because: "it prints the catalogue" },
  {
    folder: "verify",
    uses: ["shared", "dead_letters", "consumer/batching", "warehouse"],
    because: "it counts in Kafka, S3 and the warehouse, and judges events as the consumer does",
  },
  {
    folder: "trace",
    uses: ["shared", "dead_letters", "warehouse", "verify"],
    because: "it asks Kafka, S3 and the warehouse for one event",
  },
  {
    folder: "orchestration",
    uses: ["shared", "infra", "producers", "verify", "warehouse", "consumer/status"],
    because: "it starts and shows all, and ends the demo with the proof",
  },
  {
    folder: "console/page",
    uses: ["console/flow", "console/topics", "console/groups", "console/api"],
    because: "it runs in a browser, and knows types only of what it is told",
  },
  {
    folder: "console",
    uses: [
      ...["shared", "dead_letters", "consumer/status", "warehouse", "verify", "trace", "tail"],
    ],
    because: "it shows what all the others say, and replays",
  },
  {
    folder: "completion",
    uses: [
      ...["shared", "infra", "producers", "tail", "dead_letters", "consumer", "warehouse"],
      ...["schema", "verify", "trace", "logs", "orchestration"],
    ],
    because: "a shell is told the flags of every program",
  },
  {
    folder: "docs",
    uses: [
      ...[
        "shared",
        "producers",
        "dead_letters",
        "consumer",
        "warehouse",
        "schema",
        "verify",
        "trace",
        "tail",
        "logs",
      ],
      ...["orchestration", "tests"],
    ],
    because: "tables and pictures of what is in the code",
  },
  {
    folder: "bench",
    uses: ["shared", "infra", "producers", "consumer", "warehouse", "orchestration", "tests"],
    because: "it measures everything, on services of the tests",
  },
];

function isIn(folder: string, parent: string): boolean {
  return folder === parent || folder.startsWith(`${parent}/`);
}

/** The row of the table for a folder: the one that names it most closely. */
function layerOf(folder: string) {
  return layers.filter((layer) => isIn(folder, layer.folder))
    .toSorted((a, b) => b.folder.length - a.folder.length)[0];
}

function* modules(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, root))) {
    if (isDirectory) yield* modules(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}

for (const top of new Set(layers.map(({ folder }) => folder.split("/")[0]!))) {
  Deno.test(`imports of ${top}/ point downwards`, () => {
    for (const file of modules(`${top}/`)) {
      const folder = dirname(file);
      const layer = layerOf(folder);
      assert.ok(layer, `${folder} is not in the table`);
      const source = Deno.readTextFileSync(new URL(file, root));
      for (const [, path] of source.matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)) {
        const target = dirname(normalize(join(folder, path!)));
        // deno.json, which has the permission sets.
        if (target === ".") continue;
        const allowed = isIn(target, layer.folder) && layerOf(target) === layer ||
          layer.uses.some((used) => isIn(target, used));
        assert.ok(allowed, `${file} uses ${target}`);
      }
    }
  });
}

Deno.test("the table of imports is in order: nobody uses what stands below it", () => {
  layers.forEach(({ folder, uses }, index) => {
    for (const used of uses) {
      const below = layers.slice(index + 1).some((layer) => layer.folder === used);
      assert.ok(!below, `${folder} uses ${used}`);
    }
  });
});
