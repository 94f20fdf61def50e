import assert from "node:assert/strict";
import { Hono } from "hono";
import { type Access, guard } from "../../console/access.ts";
import { readSettings } from "../../shared/cli/settings.ts";

const HERE = "http://localhost:8890";

/** What an application behind the guard answers to a request. */
async function ask(access: Access, path: string, options: RequestInit = {}): Promise<Response> {
  const app = new Hono();
  app.use(guard(access));
  app.all("/*", (context) => context.text("in"));
  return await app.request(path.startsWith("http") ? path : `${HERE}${path}`, options);
}

const local: Access = { hosts: [], changeToken: "page" };

Deno.test("guard() answers to the names of this machine only", async () => {
  for (const host of ["localhost", "127.0.0.1", "[::1]"]) {
    assert.equal((await ask(local, `http://${host}:8890/`)).status, 200, host);
  }
  for (const host of ["evil.example", "localhost.evil.example", "10.0.0.1"]) {
    assert.equal((await ask(local, `http://${host}:8890/`)).status, 421, host);
  }
});

Deno.test("guard() lets nothing change without the page's token and our own origin", async () => {
  const post = async (headers: Record<string, string>) =>
    (await ask(local, "/api/replay", { method: "POST", headers })).status;
  assert.equal(await post({}), 403);
  assert.equal(await post({ origin: HERE }), 403);
  assert.equal(await post({ "x-console-token": "pagf" }), 403);
  assert.equal(await post({ "x-console-token": "page", origin: "http://evil.example" }), 403);
  assert.equal(await post({ "x-console-token": "page", origin: "http://localhost:9999" }), 403);
  assert.equal(await post({ "x-console-token": "page", origin: "null" }), 403);
  assert.equal(await post({ "x-console-token": "page", origin: HERE }), 200);
  assert.equal(await post({ "x-console-token": "page" }), 200);
});

Deno.test("guard() lets other sites link to the page, and ask for nothing else", async () => {
  const headers = { "sec-fetch-site": "cross-site" };
  assert.equal((await ask(local, "/", { headers })).status, 200);
  assert.equal((await ask(local, "/api/verify", { headers })).status, 403);
  assert.equal(
    (await ask(local, "/api/verify", { headers: { "sec-fetch-site": "same-origin" } })).status,
    200,
  );
});

Deno.test("guard() wants the visitors' token where there is one, and remembers it in a cookie", async () => {
  const open: Access = { hosts: undefined, visitToken: "visitor-1", changeToken: "page" };
  const there = "http://10.0.0.1:8890";
  assert.equal((await ask(open, `${there}/`)).status, 401);
  assert.equal((await ask(open, `${there}/api/flow`)).status, 401);
  assert.equal((await ask(open, `${there}/?token=visitor-2`)).status, 401);
  const shown = await ask(open, `${there}/?token=visitor-1`);
  assert.deepEqual([shown.status, shown.headers.get("location")], [302, "/"]);
  const cookie = shown.headers.get("set-cookie")!;
  assert.match(cookie, /HttpOnly; SameSite=Strict/);
  // Who starts the console asks whether it answers.
  assert.equal((await ask(open, `${there}/healthz`)).status, 200);
  const headers = { cookie: cookie.split(";")[0]! };
  assert.equal((await ask(open, `${there}/`, { headers })).status, 200);
});

Deno.test("guard() takes every token that may be set, as it is or encoded", async () => {
  const token = String.raw`!"$'()*+,-./09:;<=>?@AZ[\]^_\`az{|}~`;
  for (const visitToken of [token, "q+1/Zw==", "++++++++"]) {
    assert.equal(
      readSettings((name) => name === "CONSOLE_TOKEN" ? visitToken : undefined).console.token,
      visitToken,
    );
    const open: Access = { hosts: undefined, visitToken, changeToken: "page" };
    for (const shown of [visitToken, encodeURIComponent(visitToken)]) {
      const response = await ask(open, `${HERE}/?token=${shown}`);
      assert.equal(response.status, 302, shown);
      const headers = { cookie: response.headers.get("set-cookie")!.split(";")[0]! };
      assert.equal((await ask(open, "/", { headers })).status, 200, shown);
    }
  }
});
