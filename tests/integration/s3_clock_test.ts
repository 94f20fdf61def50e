import { HeadBucketCommand, HeadObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { s3Client } from "../../shared/s3/client.ts";
import { serverClock } from "../../shared/s3/server_clock.ts";
import { sandbox } from "./sandbox.ts";

const WEEK = 7 * 86_400_000;

Deno.test("serverClock() reads the real S3's clock, which is this machine's", async () => {
  await using box = await sandbox("clock");
  // A clock of ours that is a week ahead.
  const local = { now: () => Date.now() + WEEK, monotonic: () => performance.now() };
  const clock = serverClock(box.s3, local);
  assert.ok(clock.now() > Date.now() + WEEK / 2);
  await box.s3.send(new HeadBucketCommand({ Bucket: box.settings.bucket }));
  // VersityGW's Date is made anew once a second.
  assert.ok(Math.abs(clock.now() - Date.now()) < 2_000);
});

Deno.test("serverClock() reads refusals, too, and follows a server's clock that is set", async () => {
  await using box = await sandbox("clock");
  let ahead = WEEK;
  const server = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const { s3: port } = box.settings.ports;
    const upstream = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
      const date = new Date(Date.parse(answer.headers.date!) + ahead).toUTCString();
      outgoing.writeHead(answer.statusCode!, { ...answer.headers, date });
      answer.pipe(outgoing);
    });
    incoming.pipe(upstream);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const s3 = s3Client({ ...box.settings, ports: { ...box.settings.ports, s3: port } });
  try {
    const clock = serverClock(s3);
    const refused = () =>
      assert.rejects(s3.send(new HeadObjectCommand({ Bucket: box.settings.bucket, Key: "none" })));
    await refused();
    assert.ok(Math.abs(clock.now() - Date.now() - WEEK) < 2_000);
    ahead = -WEEK;
    await refused();
    assert.ok(Math.abs(clock.now() - Date.now() + WEEK) < 2_000);
  } finally {
    s3.destroy();
    server.closeAllConnections();
    server.close();
  }
});
