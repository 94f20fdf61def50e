import assert from "node:assert/strict";
import { parseEnv } from "node:util";
import { readSettings, variables } from "../../shared/cli/settings.ts";

const readme = read("README.md");
const pages = [...Deno.readDirSync(new URL("../../docs", import.meta.url))]
  .flatMap(({ name, isFile }) => isFile ? [name] : []);
const documents = [readme, ...pages.map((name) => read(`docs/${name}`))].join("\n");
const example = read(".env.example");
const config: Config = JSON.parse(read("deno.json"));

interface Config {
  tasks: Record<string, { description?: string }>;
  permissions: Record<string, PermissionSet>;
}

interface PermissionSet {
  net?: string[];
  read?: true | string[] | { allow: string[] };
  write?: string[];
}

function read(path: string): string {
  return Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
}

/** The rows of the tables whose header begins with these cells, without the header. */
function tableRows(...header: string[]): string[][] {
  const rows: string[][] = [];
  for (const [table] of documents.matchAll(/(?:^\|.*\n)+/gm)) {
    const [head, _line, ...body] = table.trimEnd().split("\n").map((line) =>
      line.slice(1, -1).split("|").map((cell) => cell.trim())
    );
    if (header.every((cell, index) => head![index] === cell)) rows.push(...body);
  }
  assert.ok(rows.length > 0, `the documents have no table | ${header.join(" | ")} |`);
  return rows;
}

function bare(cell: string): string {
  return cell.replaceAll("`", "");
}

/** The names of the options that the modules of a folder define, such as `--count`. */
function optionsIn(folder: string): string[] {
  const files = [...Deno.readDirSync(new URL(`../../${folder}`, import.meta.url))];
  const names = files.filter(({ name }) => name.endsWith(".ts")).flatMap(({ name }) =>
    [...read(`${folder}/${name}`).matchAll(/new Option\(\s*"(?:-\w, )?(--[\w-]+)/g)].map((
      [, flag],
    ) => flag!)
  );
  assert.ok(names.length > 0, `${folder} defines no options any more`);
  return names;
}

Deno.test(".env.example: as it is, it sets nothing", () => {
  assert.deepEqual({ ...parseEnv(example) }, {});
});

Deno.test(".env.example: what can be taken out of its comments are all settings at their defaults", () => {
  const all = parseEnv(example.replace(/^# (?=[A-Z_\d]+=)/gm, ""));
  const ours = Object.keys(all).filter((name) => !name.startsWith("AWS_"));
  assert.deepEqual(ours, Object.keys(variables));
  for (const name of ours) {
    const { [name as keyof typeof variables]: variable } = variables;
    const expected = variable.default.replace("KAFKA_PORT", variables.KAFKA_PORT.default)
      .replace("RAW_BUCKET", variables.RAW_BUCKET.default)
      .replace("TOPIC_PREFIX", variables.TOPIC_PREFIX.default);
    assert.equal(all[name], expected);
    assert.ok(example.includes(`# ${variable.about}\n# ${name}=`), `${name} is not described`);
  }
  assert.deepEqual(readSettings((name) => all[name]), readSettings(() => undefined));
});

Deno.test("the documents and .env.example have the same variables of AWS", () => {
  const rows = tableRows("variable", "meaning").map(([names]) => bare(names!)).join(", ");
  const examples = Object.keys(parseEnv(example.replaceAll("# AWS_", "AWS_")));
  assert.deepEqual(rows.split(", ").toSorted(), examples.toSorted());
});

Deno.test("the documents: its tasks are those of deno.json", () => {
  const named = new Set(
    [...documents.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][\w:-]*)/g)].map(([, name]) => name!)
      .filter((name) => name !== "x"),
  );
  const described = Object.keys(config.tasks).filter((name) => config.tasks[name]!.description);
  assert.deepEqual([...named].toSorted(), described.toSorted());
});

Deno.test("the documents: its flags are those of the scripts", () => {
  const main = [
    "orchestration",
    "producers",
    "consumer",
    "warehouse/load",
    "verify",
    "schema",
    "trace",
    "tail",
    "logs",
  ].flatMap(optionsIn);
  const others = ["dead_letters", "tests/torture", "tests/simulate", "bench"].flatMap(optionsIn);
  const known = new Set([...main, ...others, "--help"]);
  // Other programs have flags of their own.
  const foreign = /npx --yes|--cwd|docker compose [^)`\n]*|aws --endpoint.*/g;
  const named = [...documents.replace(foreign, "").matchAll(/(?<![\w-])--[a-z][\w-]*/g)];
  assert.deepEqual(named.map(([flag]) => flag).filter((flag) => !known.has(flag)), []);
  for (const flag of main) assert.ok(documents.includes(flag), `${flag} is missing`);
});

Deno.test("the documents: the defaults of its flags are those of the scripts", () => {
  const source = read("orchestration/options.ts");
  for (const [flag, value] of tableRows("flag", "default")) {
    if (value === "" || flag === "`--type`") continue;
    const about = new RegExp(`"${bare(flag!)} [^"]+",?\\s*"([^"]+)"`).exec(source)?.[1];
    assert.ok(about?.includes(`(${value})`), `${flag}: ${about}`);
  }
});

Deno.test("docs/warehouse.md: its views are those that the warehouse has for people", () => {
  const migrations = [
    ...Deno.readDirSync(new URL("../../warehouse/sql/migrations", import.meta.url)),
  ]
    .map(({ name }) => read(`warehouse/sql/migrations/${name}`));
  const created = migrations.toSorted()
    .flatMap((sql) => [...sql.matchAll(/^create view warehouse\.(\w+)/gm)])
    .map(([, name]) => name!);
  // These are what the others are made of.
  const forPeople = created.filter((name) => !/_states$|^facts_with_/.test(name));
  const [, views] = read("docs/warehouse.md").split("\n## Views\n") as [string, string];
  const listed = [...views.split("\n## ")[0]!.matchAll(/^- `(\w+)`:/gm)].map(([, name]) => name!);
  assert.deepEqual(listed, forPeople);
});

Deno.test("README.md is read: no more than 250 lines, and every page of docs is linked", () => {
  assert.ok(readme.split("\n").length <= 250);
  for (const name of pages) assert.ok(readme.includes(`](docs/${name})`), name);
});

Deno.test("the documents: no line of a table has more than 200 characters", () => {
  const long = documents.split("\n").filter((line) => line.startsWith("|") && line.length > 200);
  assert.deepEqual(long, []);
});

Deno.test("README.md: its links lead somewhere", () => {
  const anchors = [...readme.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")
  );
  for (const [, target] of readme.matchAll(/\]\(([^)]+)\)/g)) {
    if (target!.startsWith("#")) assert.ok(anchors.includes(target!.slice(1)), target);
    else assert.ok(Deno.statSync(new URL(`../../${target}`, import.meta.url)).isFile, target);
  }
});

Deno.test("the documents: its ports are those of the settings", () => {
  const { ports, statusPort, loaderStatusPort } = readSettings(() => undefined);
  const known = new Set([...Object.values(ports), statusPort, loaderStatusPort].map(String));
  const named = [...documents.matchAll(/(?:localhost:|127\.0\.0\.1:|\bport )(\d+)/g)]
    .map(([, port]) => port!);
  assert.deepEqual(new Set(named), known);
});

Deno.test("docs/configuration.md: the sets to widen for services elsewhere are those that use them", () => {
  const text = read("docs/configuration.md").replace(/\s+/g, " ");
  const named = (sentence: RegExp) =>
    [...sentence.exec(text)![1]!.matchAll(/`([\w-]+)`/g)].map(([, set]) => set!).toSorted();
  // These two use all, and run outside of containers only.
  const outside = ["doctor", "orchestrator"];
  const using = (host: string) =>
    Object.keys(config.permissions).filter((set) =>
      config.permissions[set]!.net?.includes(host) || outside.includes(set)
    ).toSorted();
  assert.deepEqual(named(/Kafka on another host: .*? to `net` of (.+?)\./), using("kafka:29092"));
  assert.deepEqual(named(/Another S3: .*? to `net` of (.+?)\./), using("s3:7070"));
  assert.deepEqual(named(/Another warehouse: to (.+?)\./), using("warehouse:5432"));
  assert.deepEqual(
    named(/`AWS_PROFILE`: add .*? to `read` of (.+?)\./),
    using("*.amazonaws.com").filter((set) => config.permissions[set]!.read !== true),
  );
});
