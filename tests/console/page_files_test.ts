import assert from "node:assert/strict";
import { importMap, indexPage, pageFile } from "../../console/page_files.ts";

const folder = new URL("../../console/page/", import.meta.url);

/** The scripts of the page, from its folder on. */
function scriptsIn(path: string): string[] {
  return [...Deno.readDirSync(new URL(path, folder))].flatMap(({ name, isDirectory }) =>
    isDirectory ? scriptsIn(`${path}${name}/`) : name.endsWith(".ts") ? [`${path}${name}`] : []
  );
}

Deno.test("pageFile() serves every script of the page as JavaScript, importing only what is served", async () => {
  const scripts = scriptsIn("./");
  assert.ok(scripts.length > 10);
  const { imports } = JSON.parse(importMap) as { imports: Record<string, string> };
  for (const script of scripts) {
    const file = await pageFile(`page/${script.slice(2)}`);
    assert.equal(file?.contentType, "text/javascript; charset=utf-8", script);
    for (
      const [, specifier] of file!.body.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)";/gm)
    ) {
      const found = specifier!.startsWith(".")
        ? await pageFile(
          new URL(specifier!, `http://page/page/${script.slice(2)}`).pathname.slice(1),
        )
        : await pageFile(imports[specifier!]!.slice(1));
      assert.ok(found, `${script} imports ${specifier}`);
    }
  }
});

Deno.test("pageFile() serves nothing but the page's files", async () => {
  for (
    const path of [
      "page/../main.ts",
      "main.ts",
      "page/index",
      "library/pg.js",
      "page/%2e%2e/main.ts",
    ]
  ) {
    assert.equal(await pageFile(path), undefined, path);
  }
});

Deno.test("indexPage() has the map of the libraries and the token", async () => {
  const page = await indexPage("the-token");
  assert.ok(page.includes(`<script type="importmap">${importMap}</script>`));
  assert.ok(page.includes('<meta name="change-token" content="the-token">'));
});
