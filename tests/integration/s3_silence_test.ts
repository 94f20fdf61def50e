import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { pause } from "../../shared/cli/backoff.ts";
import { s3Client } from "../../shared/s3/client.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { type Line, slowLine } from "./slow_line.ts";

/** How long S3 may be silent, in ms: much less than the files here need over the slow line. */
const SILENCE = 1_000;
const SLOW = 200_000;
const Key = "sales/large.csv";
const LARGE = crypto.getRandomValues(new Uint8Array(1_000_000 / 16)).toHex().repeat(8);

/** A test with a client of a sandbox's S3 over a line. */
function lineTest(name: string, line: Line, fn: (box: Sandbox) => Promise<void>) {
  Deno.test(`s3Client() ${name}`, async () => {
    await using box = await sandbox("silence");
    await using slow = await slowLine(box.settings.ports.s3, line);
    await fn({ ...box, s3: clientOf(box, slow.port) });
  });
}

lineTest("uploads a large file over a slow line", { up: SLOW }, async ({ s3, settings }) => {
  const file = { Bucket: settings.bucket, Key };
  const start = performance.now();
  await s3.send(new PutObjectCommand({ ...file, Body: LARGE }));
  assert.ok(performance.now() - start > 3 * SILENCE, "the line is slow");
  const { ContentLength } = await s3.send(new HeadObjectCommand(file));
  assert.equal(ContentLength, LARGE.length);
});

lineTest("reads a large file over a slow line", { down: SLOW }, async ({ s3, settings }) => {
  const file = { Bucket: settings.bucket, Key };
  await s3.send(new PutObjectCommand({ ...file, Body: LARGE }));
  const start = performance.now();
  const { Body } = await s3.send(new GetObjectCommand(file));
  assert.equal(await Body!.transformToString(), LARGE);
  assert.ok(performance.now() - start > 3 * SILENCE, "the line is slow");
});

lineTest("waits for a reader who is slow", {}, async ({ s3, settings }) => {
  const file = { Bucket: settings.bucket, Key };
  await s3.send(new PutObjectCommand({ ...file, Body: LARGE }));
  const { Body } = await s3.send(new GetObjectCommand(file));
  await pause(3 * SILENCE);
  assert.equal(await Body!.transformToString(), LARGE);
});

const dead = { up: 0 } as const;

lineTest("gives up an S3 that does not answer", dead, async ({ s3, settings }) => {
  const start = performance.now();
  await assert.rejects(
    s3.send(new HeadObjectCommand({ Bucket: settings.bucket, Key })),
    { name: "TimeoutError", message: "it has been silent for 1 s" },
  );
  assert.ok(performance.now() - start < 3 * SILENCE);
});

lineTest("gives up an S3 that takes a body and is silent then", dead, async ({ s3, settings }) => {
  const Body = LARGE.slice(0, 64 * 1024);
  await assert.rejects(
    s3.send(new PutObjectCommand({ Bucket: settings.bucket, Key, Body })),
    { name: "TimeoutError" },
  );
});

lineTest("ends a request whose signal aborts", dead, async ({ s3, settings }) => {
  const over = new AbortController();
  const request = s3.send(new HeadObjectCommand({ Bucket: settings.bucket, Key }), {
    abortSignal: over.signal,
  });
  over.abort(new Error("stop"));
  await assert.rejects(request, { name: "AbortError" });
});

Deno.test("s3Client() gives up an S3 that falls silent in the middle of its answer", async () => {
  await using box = await sandbox("silence");
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const s3 = clientOf(box, (server.address() as AddressInfo).port);
    const answer = await s3.send(new GetObjectCommand({ Bucket: "any", Key }));
    await assert.rejects(answer.Body!.transformToString(), { name: "TimeoutError" });
  } finally {
    server.close();
  }
});

function clientOf({ settings }: Sandbox, port: number) {
  return s3Client({ ...settings, ports: { ...settings.ports, s3: port } }, { silence: SILENCE });
}
