import assert from "node:assert/strict";
import config from "../../deno.json" with { type: "json" };

const FOLDERS = [
  ...["consumer", "dead_letters", "infra", "orchestration", "producers", "shared"],
  ...["warehouse", "verify"],
];

function read(path: string): string {
  return Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
}

/** The sources of the programs, by their paths. */
function sources(): Map<string, string> {
  const paths = FOLDERS.flatMap((folder) =>
    [...Deno.readDirSync(new URL(`../../${folder}`, import.meta.url))]
      .filter(({ name }) => name.endsWith(".ts")).map(({ name }) => `${folder}/${name}`)
  );
  return new Map(["orchestrator.ts", ...paths].map((path) => [path, read(path)]));
}

Deno.test("every script with a permission set asks for it before it imports anything else", () => {
  const scripts = Object.values(config.tasks).map(({ command }) =>
    /^deno run -q -P=[\w-]+ .*?((?:\w+\/)*\w+\.ts)/.exec(command)?.[1]
  ).filter((script) => script !== undefined);
  assert.ok(scripts.includes("orchestrator.ts"));
  for (const script of scripts) {
    assert.match(read(script), /^import "[./]+\/shared\/cli\/require_permissions\.ts";\n/, script);
  }
});

Deno.test("no message names a task but in the form in which the program was started", () => {
  for (const [path, source] of sources()) {
    const code = source.replace(/\/\*\*?[^]*?\*\/|\/\/.*/g, "");
    // The form itself is put together there.
    if (path !== "shared/cli/task_command.ts") assert.doesNotMatch(code, /\bdeno task /, path);
  }
});
