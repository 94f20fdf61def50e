import assert from "node:assert/strict";
import { type Surroundings, taskCommandIn } from "../../../shared/cli/task_command.ts";

const unit = { permissions: "none" } as const;
const project = "/home/me/pipeline";
const installed = {
  agent: "deno/2.9.6 npm/? deno/2.9.6 linux x86_64",
  execPath: "/usr/bin/deno",
  version: "2.9.6",
  folder: project,
  project,
};
const fetched = { ...installed, execPath: "/home/me/.npm/_npx/1a/node_modules/deno/deno" };

function command(here: Partial<Surroundings>): string {
  return taskCommandIn({ ...installed, ...here }, "etl --list");
}

Deno.test("taskCommandIn() calls an installed Deno by its name", unit, () => {
  assert.equal(command({}), "deno task etl --list");
  assert.equal(command({ agent: undefined }), "deno task etl --list");
  // A Deno that npm has installed for all, and one that runs inside of an npm script.
  assert.equal(
    command({ execPath: "/usr/lib/node_modules/deno/deno", agent: undefined }),
    "deno task etl --list",
  );
  assert.equal(command({ agent: "npm/11.19.1 node/v20 linux x64" }), "deno task etl --list");
});

Deno.test("taskCommandIn() fetches Deno again where a package manager has fetched it", unit, () => {
  const calls: Record<string, string> = {
    "npm/11.19.1 node/v20.20.2 linux x64 workspaces/false": "npx --yes",
    "pnpm/10.1.0 npm/? node/v22": "pnpm dlx",
    "yarn/4.0.0 npm/? node/v22": "yarn dlx",
    "bun/1.2.0 npm/? node/v22": "bunx",
  };
  for (const [agent, call] of Object.entries(calls)) {
    assert.equal(command({ ...fetched, agent }), `${call} deno@2.9.6 task etl --list`);
  }
});

Deno.test("taskCommandIn() names the project's folder to who is outside of it", unit, () => {
  assert.equal(command({ folder: `${project}/docs` }), "deno task etl --list");
  assert.equal(command({ folder: "/" }), `deno task --cwd ${project} etl --list`);
  assert.equal(command({ folder: `${project}2` }), `deno task --cwd ${project} etl --list`);
  assert.equal(
    command({ folder: "/", project: "/home/Zoë/it's mine" }),
    `deno task --cwd '/home/Zoë/it'\\''s mine' etl --list`,
  );
});
