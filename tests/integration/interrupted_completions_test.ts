import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { parse } from "yaml";
import { s3Store } from "../../consumer/landing/s3_store.ts";
import type { Upload } from "../../consumer/landing/store.ts";
import { runCommand } from "../../infra/command.ts";
import { archive } from "../../warehouse/load/archive.ts";
import { nativeTest } from "./native.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { type OwnServices, ownServices } from "./services.ts";
import type { Env } from "./settings.ts";

const BODY = "a,b\n1,2\n";
const PROVENANCE = {
  group: "ours",
  topic: "sales_topic",
  ranges: [],
  rows: 1,
  sha256: createHash("sha256").update(BODY).digest("hex"),
};
const { signal } = new AbortController();

/** A completion that VersityGW was killed in: what it leaves, and what a consumer then finds. */
interface Instant {
  readonly name: string;
  /** Whether the object had been made: else the upload can be completed. */
  readonly isMade: boolean;
  /** What the server does, with the upload's folder under the name that a completion gives it. */
  happens?(one: Completing): Promise<unknown>;
  /** What is on the disk when it is dead. */
  leaves?(one: Completing): Promise<unknown>;
}

/** A completion that is under way. */
interface Completing {
  readonly box: Sandbox;
  readonly key: string;
  readonly part: string;
  /** `.sgwtmp` of the bucket. */
  readonly temporary: string;
  /** What VersityGW does from the claim on: the object, with all of its attributes. */
  complete(): Promise<void>;
  /** Another program writes the object. */
  put(body: string): Promise<unknown>;
}

const moveAway = ({ box: { s3, settings }, key }: Completing) =>
  s3.send(new DeleteObjectCommand({ Bucket: settings.bucket, Key: key }));

const instants: Instant[] = [
  { name: "claimed", isMade: false },
  {
    name: "put together in a temporary file with a name",
    isMade: false,
    leaves: ({ temporary, key }) =>
      Deno.writeTextFile(`${temporary}/${sha256(key)}.123456`, BODY.slice(0, 3)),
  },
  {
    name: "about to fail: another object has the key",
    isMade: false,
    happens: ({ put }) => put("c,d\n3,4\n"),
  },
  {
    name: "about to fail: another object, of another size, has the key",
    isMade: false,
    happens: ({ put }) => put("foreign"),
  },
  { name: "linked", isMade: true, happens: ({ complete }) => complete() },
  {
    name: "linked, and the file is archived",
    isMade: true,
    async happens({ complete, box: { s3, settings }, key }) {
      await complete();
      const etag = multipartEtagOf(BODY);
      await archive(s3, { raw: settings.bucket, archive: settings.archiveBucket }, { key, etag });
    },
  },
  {
    name: "linked, the part removed",
    isMade: true,
    happens: ({ complete }) => complete(),
    leaves: ({ part }) => Deno.remove(part),
  },
  {
    name: "linked, the part removed, and the file moved away",
    isMade: true,
    async happens(one) {
      await one.complete();
      await moveAway(one);
    },
    leaves: ({ part }) => Deno.remove(part),
  },
  {
    // Nothing on the disk tells: it will be there a second time, which the start says.
    name: "linked, and the file moved elsewhere",
    isMade: false,
    async happens(one) {
      await one.complete();
      await moveAway(one);
    },
  },
];

for (const archiveName of ["by default", "by ARCHIVE_BUCKET"]) {
  for (
    const [runtime, recover] of Object.entries({
      native: async () => {},
      compose: recoverAsCompose,
    })
  ) {
    nativeTest(
      `a completion that VersityGW was killed in is ended by the start (${runtime}; archive ${archiveName})`,
      async () => {
        const RAW_BUCKET = "interrupted";
        const ARCHIVE_BUCKET = archiveName === "by default" ? "" : "elsewhere";
        const env = { RAW_BUCKET, ARCHIVE_BUCKET };
        await using own = await ownServices("interrupted", ["s3"], { env });
        await using box = await sandbox("interrupted", { on: own, env });
        await box.s3.send(new CreateBucketCommand({ Bucket: box.settings.archiveBucket }));
        // The same file of another pipeline, which says nothing of ours.
        await box.s3.send(new CreateBucketCommand({ Bucket: "another" }));
        const { key } = fileOf(0);
        await box.s3.send(new PutObjectCommand({ Bucket: "another", Key: key, Body: BODY }));

        const uploads = await interrupt(own, box);
        await recover(own, env);
        await own.start("s3");

        const store = storeOf(box);
        for (const [i, upload] of uploads.entries()) {
          const { isMade, name, happens } = instants[i]!;
          // Both a consumer that goes on and its successor, who knows the plan only.
          const asked = i % 2 === 0 ? upload : { ...upload, etag: undefined };
          const isTaken = !isMade && happens && !name.startsWith("linked");
          const expected = isMade ? "gone" : isTaken ? "taken" : "completed";
          assert.equal(await store.complete(asked, signal), expected, name);
          if (isTaken) await remove(box, upload.key);
          if (isTaken) assert.equal(await store.complete(asked, signal), "completed", name);
        }
        const rest = await leftOf(own, box);
        assert.deepEqual(rest, [], "nothing is left of any upload");
      },
    );
  }
}

/** Kills VersityGW in one completion at each of the instants. */
async function interrupt(own: OwnServices, box: Sandbox): Promise<Upload[]> {
  const temporary = `${dataOf(own)}/${box.settings.bucket}/.sgwtmp`;
  const store = storeOf(box);
  const under: { upload: Upload; folder: string; one: Completing; instant: Instant }[] = [];
  for (const [i, instant] of instants.entries()) {
    const { key } = fileOf(i);
    const upload = await store.upload(key, new TextEncoder().encode(BODY), PROVENANCE, signal);
    const folder = `${temporary}/multipart/${sha256(key)}/${upload.uploadId}`;
    // With its attributes.
    await run("cp", ["-a", folder, `${folder}.kept`]);
    const one: Completing = {
      box,
      key,
      temporary,
      part: `${claimedBy(folder)}/1`,
      put: (Body) =>
        box.s3.send(new PutObjectCommand({ Bucket: box.settings.bucket, Key: key, Body })),
      complete: async () => assert.equal(await store.complete(upload, signal), "completed"),
    };
    await instant.happens?.(one);
    under.push({ upload, folder, one, instant });
  }
  await own.kill("s3");
  for (const { folder, one, instant } of under) {
    await Deno.remove(folder, { recursive: true }).catch(() => {/* Its completion did. */});
    await Deno.rename(`${folder}.kept`, claimedBy(folder));
    await instant.leaves?.(one);
  }
  return under.map(({ upload }) => upload);
}

/** Does what docker-compose.yml does before it starts VersityGW. */
async function recoverAsCompose(own: OwnServices, env: Env): Promise<void> {
  const { services: { s3 } } = parse(await Deno.readTextFile("docker-compose.yml"));
  const [shell, flag, script] = s3.entrypoint as string[];
  const exec = "exec /usr/local/bin/docker-entrypoint.sh";
  assert.ok(script!.includes(exec));
  const ours = script!.replaceAll("$$", "$").replaceAll("/data", dataOf(own)).replace(exec, "");
  const { stderr } = await run(shell!, [flag!, ours], env);
  assert.equal(stderr, "");
}

/** The folders of uploads that are still there. */
async function leftOf(own: OwnServices, { settings }: Sandbox): Promise<string[]> {
  const multipart = `${dataOf(own)}/${settings.bucket}/.sgwtmp/multipart`;
  const left: string[] = [];
  for await (const object of Deno.readDir(multipart)) {
    for await (const { name } of Deno.readDir(`${multipart}/${object.name}`)) left.push(name);
  }
  return left;
}

async function remove({ s3, settings: { bucket } }: Sandbox, Key: string): Promise<void> {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
}

async function run(command: string, args: string[], env?: Env) {
  const result = await runCommand(command, args, { env });
  assert.equal(result?.code, 0, result?.stderr);
  return result!;
}

function storeOf({ s3, settings: { bucket, archiveBucket } }: Sandbox) {
  return s3Store(s3, { raw: bucket, archive: archiveBucket });
}

function fileOf(i: number): { key: string } {
  return { key: `sales/sales_20260226_10234${i}.csv` };
}

function dataOf({ settings }: OwnServices): string {
  return `${settings.runtimeDir}/data/s3`;
}

function claimedBy(folder: string): string {
  return `${folder}.${multipartEtagOf(BODY).replaceAll('"', "")}.inprogress`;
}

function multipartEtagOf(part: string): string {
  const digest = createHash("md5").update(part).digest();
  return `"${createHash("md5").update(digest).digest("hex")}-1"`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
