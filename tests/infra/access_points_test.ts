import assert from "node:assert/strict";
import { accessPoints } from "../../infra/access_points.ts";
import { parseContainers } from "../../infra/containers.ts";
import { projectOf } from "../../infra/docker.ts";
import { kafkaVersion } from "../../infra/downloads.ts";
import { toProperties } from "../../infra/java.ts";
import { tail } from "../../infra/log_tail.ts";
import { javaMajor } from "../../infra/tools.ts";
import { localServices } from "../../infra/local_services.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import { readSettings } from "../../shared/cli/settings.ts";

const settings = settingsWith({});

function settingsWith(more: Record<string, string>) {
  const set: Record<string, string> = { KAFKA_PORT: "9192", ...more };
  return readSettings((name) => set[name]);
}

Deno.test("accessPoints() lists the services on their ports", () => {
  const lines = accessPoints(settings, "docker", true);
  assert.equal(lines[0], "✅ Kafka Infrastructure Started!");
  assert.deepEqual(lines.slice(1).map((line) => line.trim().split(/:\s+/)), [
    ["- Kafka Broker", "localhost:9192"],
    ["- Zookeeper", "localhost:2181"],
    ["- Kafka UI", "http://localhost:8888"],
    ["- Console", "http://localhost:8890"],
    ["- S3", "http://localhost:7070"],
    ["- S3 browser", "http://localhost:7071 (access key automotive, secret automotive-local)"],
    ["- Warehouse", "postgresql://automotive:automotive-local@localhost:5432/automotive"],
  ]);
});

Deno.test("accessPoints() has the console natively, where Docker has the Kafka UI, too", () => {
  assert.match(
    accessPoints(settings, "native", true).join("\n"),
    / {3}- Console: http:\/\/localhost:8890, and http:\/\/localhost:8888\n/,
  );
});

Deno.test("accessPoints() has a console in a container where all is that it looks at", () => {
  const elsewhere: Record<string, string>[] = [{ KAFKA_BROKERS: "broker:9092" }, {
    WAREHOUSE_URL: "postgresql://u:p@h/d",
  }];
  for (const set of elsewhere) {
    const text = accessPoints(settingsWith(set), "docker", true).join("\n");
    assert.ok(text.includes(`\n   - Console: ${taskCommand("console")}\n`), text);
  }
});

Deno.test("localServices() leaves out what is elsewhere, and with it the console in a container", () => {
  const lines: string[] = [];
  const left = (runtime: "docker" | "native") =>
    localServices(
      runtime,
      ["kafka", "warehouse", "console"],
      settingsWith({ WAREHOUSE_URL: "postgresql://u:p@h/d" }),
      (line) => lines.push(line),
    );
  assert.deepEqual(left("docker"), ["kafka"]);
  assert.match(lines.join("\n"), /no local PostgreSQL is started\nNo console in a container/);
  assert.deepEqual(left("native"), ["kafka", "console"]);
});

Deno.test("accessPoints() has no local S3 browser when the S3 is elsewhere", () => {
  const text = accessPoints(settings, "native", false).join("\n");
  assert.doesNotMatch(text, /S3 browser/);
});

Deno.test("javaMajor() reads old and new version numbers", () => {
  assert.equal(javaMajor('openjdk version "17.0.15" 2025-04-15'), 17);
  assert.equal(javaMajor('openjdk version "21" 2023-09-19'), 21);
  assert.equal(javaMajor('java version "1.8.0_392"'), 8);
  assert.equal(javaMajor("no java here"), undefined);
});

Deno.test("kafkaVersion() reads the broker's version out of pom.xml", () => {
  const pom = "<dependency><artifactId>kafka_2.13</artifactId>\n <version>3.9.1</version>";
  assert.equal(kafkaVersion(pom), "3.9.1");
});

Deno.test("toProperties() writes one property a line and escapes backslashes", () => {
  assert.equal(toProperties({ "broker.id": 1, dir: "C:\\data" }), "broker.id=1\ndir=C:\\\\data\n");
});

Deno.test("toProperties() writes what is not ASCII as UTF-16 units, as Java reads Latin-1", () => {
  assert.equal(toProperties({ dir: "/Müller/é 🚗" }), "dir=/M\\u00fcller/\\u00e9 \\ud83d\\ude97\n");
});

Deno.test("tail() gives the last lines without blank ones and stack frames, indented", () => {
  assert.equal(tail("Error: no\n\tat kafka.Kafka.main(Kafka.scala)\n"), "    Error: no");
  assert.equal(tail("a\nb\n\nc\n", 2), "    b\n    c");
  assert.equal(tail("\n", 2), "");
});

Deno.test("projectOf() gives every runtime folder a project of its own", () => {
  assert.equal(projectOf("/home/me/project/.runtime"), "automotive");
  assert.equal(projectOf("/home/me/project/.runtime/test"), "automotive-test");
  assert.equal(projectOf("/home/me/project/.runtime/test/My Own"), "automotive-test-my-own");
});

Deno.test("parseContainers() reads one object a line and one array alike", () => {
  const row = {
    Service: "kafka",
    State: "running",
    Health: "healthy",
    Status: "Up 5 seconds (healthy)",
  };
  const expected = [
    { service: "kafka", state: "running", healthy: true, status: "Up 5 seconds (healthy)" },
  ];
  assert.deepEqual(parseContainers(`${JSON.stringify(row)}\n`), expected);
  assert.deepEqual(parseContainers(JSON.stringify([row])), expected);
  assert.deepEqual(parseContainers(""), []);
});
