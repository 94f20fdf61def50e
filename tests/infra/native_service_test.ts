import assert from "node:assert/strict";
import { type Folders, isService } from "../../infra/native_service.ts";
import type { ServiceName } from "../../infra/runtime.ts";

const unit = { permissions: "none" } as const;

const PROJECT = "/home/me/my project";
const folders: Folders = { runtimeDir: `${PROJECT}/.runtime`, downloads: `${PROJECT}/.runtime` };
const { runtimeDir } = folders;

const COMMANDS: Readonly<Partial<Record<ServiceName, string>>> = {
  zookeeper: `/opt/my jdk/bin/java -Xmx128m -cp ${runtimeDir}/jars/* ` +
    `org.apache.zookeeper.server.quorum.QuorumPeerMain ${runtimeDir}/config/zookeeper.properties`,
  kafka: `java -Xmx512m -cp ${runtimeDir}/jars/* kafka.Kafka ${runtimeDir}/config/kafka.properties`,
  s3: `${runtimeDir}/bin/versitygw --port 127.0.0.1:7070 posix ${runtimeDir}/data/s3`,
  warehouse: `${runtimeDir}/postgres/bin/postgres -D ${runtimeDir}/data/warehouse ` +
    `-c port=5432 -c automotive.runtime=${runtimeDir}/warehouse`,
  console: `/home/me/my tools/deno run -q -P=console console/main.ts --also=8888 ` +
    `--runtime-dir=${runtimeDir}`,
  airflow: `${runtimeDir}/venv/bin/python ${PROJECT}/airflow/serve.py ${runtimeDir}/data/airflow`,
};

Deno.test("isService() knows each service in a folder with a blank in its name", unit, () => {
  for (const [name, args] of Object.entries(COMMANDS) as [ServiceName, string][]) {
    assert.ok(isService(args, name, folders), name);
    assert.ok(!isService(args, name, { ...folders, runtimeDir: `${runtimeDir}-2` }), name);
  }
});

Deno.test("isService() takes nothing else for a service that names its folder", unit, () => {
  for (const [name, args] of Object.entries(COMMANDS) as [ServiceName, string][]) {
    const marker = args.slice(args.lastIndexOf(runtimeDir));
    assert.ok(!isService(`vim ${marker}`, name, folders), name);
  }
});
