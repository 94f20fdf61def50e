import { UserError } from "./errors.ts";

/** The supported SASL mechanisms. */
export const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const;

/** How connections to Kafka are protected. */
export interface KafkaSecurity {
  /** Whether they are encrypted, and the brokers' certificates are checked. */
  readonly tls: boolean;
  /** A PEM file of CAs to trust besides the system's. */
  readonly caFile: string | undefined;
  /** The SASL user; undefined for brokers without SASL. */
  readonly sasl: {
    readonly mechanism: (typeof mechanisms)[number];
    readonly username: string;
    readonly password: string;
  } | undefined;
}

/** Neither TLS nor SASL, as for the brokers of the local runtimes. */
export const unprotected: KafkaSecurity = { tls: false, caFile: undefined, sasl: undefined };

type Name =
  | "KAFKA_TLS"
  | "KAFKA_TLS_CA"
  | "KAFKA_SASL_MECHANISM"
  | "KAFKA_SASL_USERNAME"
  | "KAFKA_SASL_PASSWORD";

/**
 * Combines the settings of TLS and SASL. Half of a protection is an error: whoever sets a
 * password believes that it is asked for.
 *
 * @param read returns the checked value of a setting, "" when it is unset
 * @throws {UserError} when one is set that needs another
 */
export function readSecurity(read: (name: Name) => string): KafkaSecurity {
  const tls = read("KAFKA_TLS") === "on";
  const caFile = read("KAFKA_TLS_CA") || undefined;
  if (caFile && !tls) throw half("KAFKA_TLS_CA", "KAFKA_TLS", "set KAFKA_TLS to on");
  const mechanism = read("KAFKA_SASL_MECHANISM");
  const username = read("KAFKA_SASL_USERNAME");
  const password = read("KAFKA_SASL_PASSWORD");
  if (mechanism === "") {
    const alone = username ? "KAFKA_SASL_USERNAME" : "KAFKA_SASL_PASSWORD";
    if (username || password) {
      throw half(alone, "KAFKA_SASL_MECHANISM", `set it to ${mechanisms.join(", ")}`);
    }
    return { tls, caFile, sasl: undefined };
  }
  for (const [name, value] of Object.entries({ USERNAME: username, PASSWORD: password })) {
    if (value) continue;
    throw half("KAFKA_SASL_MECHANISM", `KAFKA_SASL_${name}`, "set all three, or none");
  }
  return {
    tls,
    caFile,
    sasl: { mechanism: mechanism as (typeof mechanisms)[number], username, password },
  };
}

function half(name: string, missing: string, hint: string): UserError {
  return new UserError(`${name} is set, but ${missing} is not`, hint, { exitCode: 2 });
}
