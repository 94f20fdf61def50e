import assert from "node:assert/strict";

const root = new URL("../../", import.meta.url);

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, root));
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, root)) !== undefined;
  } catch {
    return false;
  }
}

function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title!.toLowerCase().replace(/[^\w -]/g, "").replaceAll(" ", "-")
  );
}

for (const { name, isFile } of Deno.readDirSync(new URL("docs/", root))) {
  if (!isFile) continue;
  const text = read(`docs/${name}`);

  Deno.test(`docs/${name}: the files that it names are there`, () => {
    const named = [
      ...text.matchAll(
        /`((?:consumer|shared|tests|infra|warehouse|verify|producers|orchestration|dead_letters|bench|deploy|airflow)\/[\w./-]+)`/g,
      ),
    ];
    assert.deepEqual(named.map(([, path]) => path!).filter((path) => !exists(path)), []);
  });

  Deno.test(`docs/${name}: what it names in a file stands there`, () => {
    for (const [, path, member] of text.matchAll(/`([\w./-]+\.ts)`, `#?(\w+)`/g)) {
      if (exists(path!)) assert.ok(read(path!).includes(member!), `${path} has no ${member}`);
    }
  });

  Deno.test(`docs/${name}: its links lead somewhere`, () => {
    for (const [, target] of text.matchAll(/\]\(([^)]+)\)/g)) {
      const [path, anchor] = target!.split("#") as [string, string | undefined];
      if (/^https?:/.test(path)) continue;
      const page = path === "" ? `docs/${name}` : new URL(path, "file:///docs/").pathname.slice(1);
      assert.ok(exists(page), target);
      if (anchor) assert.ok(anchorsOf(read(page)).includes(anchor), target);
    }
  });
}
