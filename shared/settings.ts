import { UserError } from "./errors.ts";
import { type KafkaSecurity, mechanisms, readSecurity } from "./kafka_security.ts";
import { oneLine, wholeNumber } from "./setting_checks.ts";

/** One setting: a variable of the environment or of `.env`. */
interface Variable {
  readonly default: string;
  readonly about: string;
  /** Its value never appears in an error. */
  readonly secret?: boolean;
  readonly check?: (value: string) => string | undefined;
}

/** The one table of settings: parsing, the README's table and `.env.example` follow it. */
export const variables = {
  KAFKA_BROKERS: {
    default: "localhost:KAFKA_PORT",
    about: "Kafka's bootstrap brokers, separated by commas",
    check: (value) =>
      value.split(",").every((broker) => /^[^\s:,]+:\d+$/.test(broker))
        ? undefined
        : "host:port[,host:port…]",
  },
  KAFKA_PARTITIONS: {
    default: "3",
    about: "partitions of a topic that has to be created",
    check: wholeNumber(1, 10_000),
  },
  KAFKA_TLS: {
    default: "off",
    about: "on or off: whether Kafka is reached over TLS",
    check: (value) => ["on", "off"].includes(value) ? undefined : "on or off",
  },
  KAFKA_TLS_CA: {
    default: "",
    about: "PEM file of a private authority of the brokers' certificates, in the folder certs",
  },
  KAFKA_SASL_MECHANISM: {
    default: "",
    about: `${mechanisms.join(", ")}: how to sign in to Kafka; empty: not at all`,
    check: (value) => ["", ...mechanisms].includes(value) ? undefined : mechanisms.join(", "),
  },
  KAFKA_SASL_USERNAME: {
    default: "",
    about: "who signs in to Kafka",
    check: oneLine,
  },
  KAFKA_SASL_PASSWORD: {
    default: "",
    about: "the password of that user",
    secret: true,
    check: oneLine,
  },
  TOPIC_PREFIX: {
    default: "",
    about: "put before every topic's name, to share a cluster",
    check: (value) => /^[\w.-]*$/.test(value) ? undefined : "letters, digits, '.', '_' and '-'",
  },
  CONSUMER_GROUP: {
    default: "automotive-consumer-group",
    about: "the consumer's group",
    // Each file's metadata names it, which S3 limits to 2 KB of ASCII.
    check: (value) => /^[!-~]{1,255}$/.test(value) ? undefined : "1 to 255 ASCII characters",
  },
  RAW_BUCKET: {
    default: "automotive-raw-data-lerato-2026",
    about: "the bucket that files are landed in",
    check: (value) =>
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(value)
        ? undefined
        : "an S3 bucket name (3 to 63 lower-case letters, digits, '.' and '-')",
  },
  RUNTIME: {
    default: "",
    about: "docker or native: how the services run; empty: docker if an engine answers",
    check: (value) => ["", "docker", "native"].includes(value) ? undefined : "docker or native",
  },
  RUNTIME_DIR: {
    default: ".runtime",
    about: "folder of downloads, data, logs and pids; scripts may only write below .runtime",
  },
  SESSION_TIMEOUT: {
    default: "10",
    about: "seconds after which Kafka gives a silent consumer's partitions to others",
    check: wholeNumber(6, 300),
  },
  STATUS_PORT: {
    default: "8891",
    about: "port of the consumer's status page on 127.0.0.1",
    check: wholeNumber(1, 65_535),
  },
  ZOOKEEPER_PORT: port("2181", "ZooKeeper"),
  KAFKA_PORT: port("9092", "Kafka"),
  KAFKA_UI_PORT: port("8888", "Kafka UI (Docker only)"),
  S3_PORT: port("7070", "the local S3"),
  S3_WEB_PORT: port("7071", "the local S3's web page"),
} satisfies Record<string, Variable>;

/** The name of a setting's variable. */
export type VariableName = keyof typeof variables;

/** The services' ports on this machine. */
export interface Ports {
  readonly zookeeper: number;
  readonly kafka: number;
  readonly kafkaUi: number;
  readonly s3: number;
  readonly s3Web: number;
}

/** All settings, checked. Which S3 is not among them: the AWS SDK's own variables decide that. */
export interface Settings {
  readonly brokers: readonly string[];
  readonly kafkaSecurity: KafkaSecurity;
  readonly partitions: number;
  readonly topicPrefix: string;
  readonly group: string;
  readonly bucket: string;
  readonly runtime: "docker" | "native" | undefined;
  readonly runtimeDir: string;
  /** In seconds. */
  readonly sessionTimeout: number;
  readonly statusPort: number;
  /** The port that the broker tells its clients, where a test has put a proxy in front of it. */
  readonly kafkaAdvertisedPort?: number;
  readonly ports: Ports;
}

/**
 * Reads all settings.
 *
 * @param get gives a variable's value, or undefined; an empty value counts as unset
 * @throws {UserError} when a value is wrong: names the variable, the value (unless it is secret) and
 *   what would be right
 */
export function readSettings(get: (name: string) => string | undefined): Settings {
  const read = (name: VariableName): string => {
    const variable: Variable = variables[name];
    const given = get(name);
    // Blanks may be part of a secret.
    const value = (variable.secret ? given : given?.trim()) || variable.default;
    const expected = name === "KAFKA_BROKERS" && value === variable.default
      ? undefined
      : variable.check?.(value);
    if (expected !== undefined) {
      const what = variable.secret ? "has a value that cannot be used" : `is "${value}"`;
      throw new UserError(`${name} ${what}`, `set it to ${expected}`, { exitCode: 2 });
    }
    return value;
  };
  const ports: Ports = {
    zookeeper: Number(read("ZOOKEEPER_PORT")),
    kafka: Number(read("KAFKA_PORT")),
    kafkaUi: Number(read("KAFKA_UI_PORT")),
    s3: Number(read("S3_PORT")),
    s3Web: Number(read("S3_WEB_PORT")),
  };
  return {
    brokers: read("KAFKA_BROKERS").replace("KAFKA_PORT", String(ports.kafka)).split(","),
    kafkaSecurity: readSecurity(read),
    partitions: Number(read("KAFKA_PARTITIONS")),
    topicPrefix: read("TOPIC_PREFIX"),
    group: read("CONSUMER_GROUP"),
    bucket: read("RAW_BUCKET"),
    runtime: (read("RUNTIME") || undefined) as Settings["runtime"],
    runtimeDir: read("RUNTIME_DIR"),
    sessionTimeout: Number(read("SESSION_TIMEOUT")),
    statusPort: Number(read("STATUS_PORT")),
    ports,
  };
}

function port(number: string, service: string): Variable {
  return { default: number, about: `port of ${service}`, check: wholeNumber(1, 65_535) };
}
