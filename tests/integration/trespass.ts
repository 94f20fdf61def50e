/** Tries what a permission set should deny, and prints what it was let do, as JSON. */
const [file, folder] = Deno.args;

const attempts: Record<string, () => unknown> = {
  net: () => Deno.connect({ hostname: "127.0.0.2", port: 1 }),
  read: () => Deno.readTextFile(file!),
  passwd: () => Deno.readTextFile("/etc/passwd"),
  write: () => Deno.writeTextFile(`${folder}/written`, ""),
  env: () => {
    if (Deno.env.get("TEST_FORBIDDEN") === undefined) throw new Deno.errors.NotCapable();
  },
  run: () => new Deno.Command("true").output(),
  ffi: () => Deno.dlopen(file!, {}),
};

const granted: string[] = [];
for (const [name, attempt] of Object.entries(attempts)) {
  try {
    await attempt();
    granted.push(name);
  } catch (error) {
    // A denied file looks as if it were missing where the set says `ignore`; these files are there.
    const denied = error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound;
    if (!denied) granted.push(name);
  }
}
console.log(JSON.stringify(granted));
