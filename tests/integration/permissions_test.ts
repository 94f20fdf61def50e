import assert from "node:assert/strict";

const { permissions }: { permissions: Record<string, unknown> } = JSON.parse(
  Deno.readTextFileSync("deno.json"),
);

/** What a set may do of all that the script tries; a set that is not named here: nothing. */
const allowed: Record<string, string[]> = {
  // It starts programs, and those can do anything.
  orchestrator: ["read", "passwd", "env", "run"],
  // It asks programs for their versions, and may write nothing.
  doctor: ["read", "passwd", "env", "run"],
};

for (const set of Object.keys(permissions)) {
  const may = allowed[set] ?? [];
  const what = may.length > 0 ? `only ${may.join(", ")}` : "nothing";
  Deno.test(`deno.json: the set ${set} allows ${what} outside of what is ours`, async () => {
    assert.deepEqual(await granted(`-P=${set}`), may);
  });
}

Deno.test("deno.json: without a set, all that the tests try would be allowed", async () => {
  assert.deepEqual(await granted("-A"), ["net", "read", "passwd", "write", "env", "run", "ffi"]);
});

/** What a script is let do with a flag of permissions. */
async function granted(flag: string): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${folder}/.aws`);
    const file = `${folder}/.aws/credentials`;
    await Deno.writeTextFile(file, "[default]\n");
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-prompt", flag, "tests/integration/trespass.ts", file, folder],
      env: { TEST_FORBIDDEN: "it can be read" },
    }).output();
    const decoder = new TextDecoder();
    assert.ok(success, decoder.decode(stderr));
    return JSON.parse(decoder.decode(stdout));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
