import type { KafkaConfig } from "kafkajs";
import { resolve } from "node:path";
import { rootMessage, UserError } from "../cli/errors.ts";
import type { KafkaSecurity } from "../cli/kafka_security.ts";
import { projectFolder } from "../cli/project_folder.ts";

/**
 * The options of kafkajs that protect its connections.
 *
 * @throws {UserError} when the CA file cannot be read or contains no certificate
 */
export function securityOptions(
  { tls, caFile, sasl }: KafkaSecurity,
): Pick<KafkaConfig, "ssl" | "sasl"> {
  return {
    ssl: tls && (caFile ? { ca: [readAuthorities(caFile)] } : true),
    // A copy: kafkajs keeps its own state in it.
    sasl: sasl && { ...sasl } as KafkaConfig["sasl"],
  };
}

function readAuthorities(given: string): string {
  const path = resolve(projectFolder, given);
  // A file that a permission set does not allow looks as if it were missing, where the set says so.
  if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
    throw new UserError(
      `Cannot read ${given} (KAFKA_TLS_CA): this script's permission set does not allow it`,
      "put the file into the project's folder certs, which every script may read",
    );
  }
  let pem: string;
  try {
    pem = Deno.readTextFileSync(path);
  } catch (error) {
    throw new UserError(
      `Cannot read ${given} (KAFKA_TLS_CA): ${rootMessage(error)}`,
      "set it to a PEM file of the CA that signed the brokers' certificates",
      { cause: error },
    );
  }
  if (pem.includes("-----BEGIN CERTIFICATE-----")) return pem;
  throw new UserError(
    `There is no certificate in ${given} (KAFKA_TLS_CA)`,
    "set it to a PEM file: its certificates begin with -----BEGIN CERTIFICATE-----",
  );
}
