import assert from "node:assert/strict";
import { checkPorts, parseLsof, parseSs } from "../../infra/ports.ts";

Deno.test("parseLsof() gives the command and the pid", () => {
  assert.equal(parseLsof("p4711\ncjava\nf120\n"), "java (pid 4711)");
  assert.equal(parseLsof("p4711\nf3\ncnode\n"), "node (pid 4711)");
});

Deno.test("parseLsof() gives undefined for no output", () => {
  assert.equal(parseLsof(""), undefined);
});

Deno.test("parseSs() gives the command and the pid", () => {
  const line = 'LISTEN 0 50 *:9092 *:* users:(("java",pid=4711,fd=120))\n';
  assert.equal(parseSs(line), "java (pid 4711)");
});

Deno.test("parseSs() gives undefined when the holder is another user's", () => {
  assert.equal(parseSs("LISTEN 0 50 *:9092 *:*\n"), undefined);
});

Deno.test("checkPorts() refuses two services on one port and names both variables", async () => {
  await assert.rejects(
    checkPorts([
      { port: 7070, variable: "KAFKA_PORT", title: "Kafka" },
      { port: 7070, variable: "S3_PORT", title: "S3" },
    ]),
    { message: "Kafka and S3 are both configured for port 7070", hint: /KAFKA_PORT or S3_PORT/ },
  );
});
