import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  type Admin,
  ResourcePatternTypes,
} from "kafkajs";
import assert from "node:assert/strict";
import { resolve } from "node:path";
import { deadLetterTopic } from "../../shared/catalogue/events.ts";
import { connectAdmin, kafkaClient } from "../../shared/kafka/client.ts";
import { makeCertificates } from "./certificates.ts";
import { consume } from "./consume.ts";
import { committed, listJson } from "./dead_letters.ts";
import { publish, sale } from "./events.ts";
import { nativeTest } from "./native.ts";
import { program } from "./program.ts";
import { type Sandbox, sandbox } from "./sandbox.ts";
import { kafkaUser, startSecureBroker } from "./secure_broker.ts";
import { ownServices } from "./services.ts";
import { settingsOf } from "./settings.ts";

/** Everybody may use what no ACL speaks of; who does not sign in may do everything. */
const authorizer = {
  "authorizer.class.name": "kafka.security.authorizer.AclAuthorizer",
  "allow.everyone.if.no.acl.found": "true",
  "super.users": "User:ANONYMOUS",
  "group.max.session.timeout.ms": "60000",
};

/**
 * Forbids our user to write to a topic, or to read a group, and no more than that, until it is called
 * again.
 */
async function forbid(
  admin: Admin,
  resourceName: string,
  resourceType = AclResourceTypes.TOPIC,
): Promise<() => Promise<unknown>> {
  const acl = {
    resourceType,
    resourceName,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: `User:${kafkaUser.name}`,
    host: "*",
  };
  const all = { operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW };
  const operation = resourceType === AclResourceTypes.TOPIC
    ? AclOperationTypes.WRITE
    : AclOperationTypes.READ;
  const write = { operation, permissionType: AclPermissionTypes.DENY };
  // In this order, as only what an ACL allows is allowed from the first one on.
  for (const entry of [all, write]) await admin.createAcls({ acl: [{ ...acl, ...entry }] });
  return () => admin.deleteAcls({ filters: [{ ...acl, ...write }] });
}

nativeTest("what Kafka forbids is said as Kafka's, and what can be done without is", async () => {
  await using own = await ownServices("acl", ["zookeeper", "s3"]);
  const certificates = await makeCertificates(resolve(own.settings.runtimeDir, "certs"));
  const brokers = await startSecureBroker(own.settings, certificates, authorizer);
  const env = {
    KAFKA_BROKERS: brokers.sasl_plaintext,
    KAFKA_SASL_MECHANISM: "plain",
    KAFKA_SASL_USERNAME: kafkaUser.name,
    KAFKA_SASL_PASSWORD: kafkaUser.password,
  };
  const open = settingsOf({ ...own.env, KAFKA_BROKERS: brokers.plaintext });
  await using admin = await connectAdmin(kafkaClient(open, "test"), open);
  await using letters = await sandbox("acl-letters", { on: own, env });
  await deadLettersWait(letters, admin);
  await using ids = await sandbox("acl-ids", { on: own, env });
  await idsBeginByLot(ids, admin);
  await using group = await sandbox("acl-group", { on: own, env });
  await endsAtOnce(group, admin);
});

/** What no wait would end, ends the consumer at its start. */
async function endsAtOnce(box: Sandbox, admin: Admin): Promise<void> {
  const ended = async (env: Record<string, string> = {}) => {
    await using consumer = consume(box, [], env);
    const { code, stderr } = await consumer.ended();
    assert.equal(code, 1, stderr);
    return stderr;
  };
  assert.match(
    await ended({ SESSION_TIMEOUT: "90" }),
    /^✗ Kafka at .* session timeout is out of .*range \(INVALID_SESSION_TIMEOUT\)\n {2}→ set SESSION_TIMEOUT /m,
  );
  await forbid(admin, box.settings.group, AclResourceTypes.GROUP);
  assert.match(
    await ended(),
    /^✗ Kafka at .* not authorized to access the consumer group \S+ \(GROUP_AUTHORIZATION_FAILED\)\n {2}→ grant /m,
  );
}

async function deadLettersWait(box: Sandbox, admin: Admin): Promise<void> {
  await publish(box, "sales", ["no JSON", sale(1)], { partition: 0 });
  const topic = deadLetterTopic(box.settings.topicPrefix);
  const allow = await forbid(admin, topic);

  await using consumer = consume(box, ["--timeout", "1"]);
  const [line] = await consumer.waitForLine(/^Waiting: .*/);
  assert.ok(line.includes(`not authorized to access the topic ${topic}`), line);
  assert.match(
    line,
    /^Waiting: Kafka at localhost:\d+: .* \(TOPIC_AUTHORIZATION_FAILED\); grant /,
  );
  assert.doesNotMatch(line, /S3/);

  await allow();
  await consumer.waitForLine(/✓ Flushed 1 sales events/);
  await committed(box, "sales", 0, 2);
  consumer.signal("SIGINT");
  assert.equal((await consumer.ended()).code, 0);
  assert.deepEqual((await listJson(box)).map(({ value }) => value), ["no JSON"]);
}

async function idsBeginByLot(box: Sandbox, admin: Admin): Promise<void> {
  const produce = async () => {
    await using run = program("producers/sales.ts", ["--count", "2", "--interval", "0"], {
      permissions: "producer",
      env: box.env,
    });
    return await run.ended();
  };
  const first = await produce();
  assert.deepEqual([first.code, first.stderr], [0, ""]);
  const beginning = `${box.settings.topicPrefix}producer_ids_`;
  const topic = (await admin.listTopics()).find((topic) => topic.startsWith(beginning))!;
  await forbid(admin, topic);
  const second = await produce();
  assert.equal(second.code, 0, second.stderr);
  assert.match(second.stderr, /^Ids begin by lot: Kafka does not let this client use .*\n$/);
  assert.match(second.stdout, /^Done: 2 events published$/m);
}
