import { nativeRuntime } from "../../infra/native.ts";
import { postgres } from "../../infra/postgres.ts";
import type { Runtime } from "../../infra/runtime.ts";
import { selectRuntime } from "../../infra/select_runtime.ts";
import { versitygw } from "../../infra/versitygw.ts";
import type { Settings } from "../../shared/cli/settings.ts";
import { kraftBroker } from "./kraft_broker.ts";
import { onKafka4 } from "./on_kafka4.ts";

/**
 * The runtime that tests start services with: the one that users get or, for `deno task test:kafka4`,
 * a native one with a Kafka 4 in place of Kafka 3.9 and its ZooKeeper. Whoever stops the services
 * needs not know which: they have the same folders and records.
 */
export async function testRuntime(settings: Settings): Promise<Runtime> {
  if (!onKafka4) return await selectRuntime(settings);
  return nativeRuntime(settings, { services: [kraftBroker, versitygw, postgres] });
}
