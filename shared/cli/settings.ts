import { resolve } from "node:path";
import { UserError } from "./errors.ts";
import { type KafkaSecurity, mechanisms, readSecurity } from "./kafka_security.ts";
import { projectFolder } from "./project_folder.ts";
import { bucketName, oneLine, postgresUrl, timeZone, wholeNumber } from "./setting_checks.ts";

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
    about: "Kafka bootstrap brokers, comma-separated",
    check: (value) =>
      value.split(",").every((broker) => /^[^\s:,]+:\d+$/.test(broker))
        ? undefined
        : "host:port[,host:port…]",
  },
  KAFKA_PARTITIONS: {
    default: "3",
    about: "partitions of a newly created topic",
    check: wholeNumber(1, 10_000),
  },
  KAFKA_TLS: {
    default: "off",
    about: "on or off: TLS to Kafka",
    check: (value) => ["on", "off"].includes(value) ? undefined : "on or off",
  },
  KAFKA_TLS_CA: {
    default: "",
    about: "PEM file of the CA that signed the brokers' certificates, in the folder certs",
  },
  KAFKA_SASL_MECHANISM: {
    default: "",
    about: `${mechanisms.join(", ")}: SASL mechanism; empty: no SASL`,
    check: (value) => ["", ...mechanisms].includes(value) ? undefined : mechanisms.join(", "),
  },
  KAFKA_SASL_USERNAME: {
    default: "",
    about: "SASL user",
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
    about: "prefix of every topic name, to share a cluster",
    check: (value) => /^[\w.-]*$/.test(value) ? undefined : "letters, digits, '.', '_' and '-'",
  },
  CONSUMER_GROUP: {
    // Pipelines of other topics that shared a group would take each other's partitions.
    default: "TOPIC_PREFIXautomotive-consumer-group",
    about: "the consumer group",
    // Each file's metadata names it, which S3 limits to 2 KB of ASCII.
    check: (value) => /^[!-~]{1,255}$/.test(value) ? undefined : "1 to 255 ASCII characters",
  },
  RAW_BUCKET: {
    default: "automotive-raw-data-lerato-2026",
    about: "bucket for landed files",
    check: bucketName,
  },
  ARCHIVE_BUCKET: {
    default: "RAW_BUCKET-archive",
    about: "bucket that loaded files are moved to",
    check: bucketName,
  },
  SOURCE_TIME_ZONE: {
    default: "UTC",
    about: "zone of times without one in files of other writers, such as Africa/Johannesburg",
    check: timeZone,
  },
  WAREHOUSE_URL: {
    default: "",
    about: "postgresql://user:password@host:port/database of an external warehouse",
    secret: true,
    check: postgresUrl,
  },
  AIRFLOW_API_URL: {
    default: "",
    about: "Airflow that the consumer triggers when files have landed; empty: none",
    check: (value) =>
      /^(https?:\/\/[^\s/]+\S*)?$/.test(value) ? undefined : "an http:// or https:// URL",
  },
  AIRFLOW_USERNAME: {
    default: "automotive",
    about: "Airflow user",
    check: oneLine,
  },
  AIRFLOW_PASSWORD: {
    default: "automotive-local",
    about: "the password of that user",
    secret: true,
    check: oneLine,
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
    about: "consumer session timeout in seconds: Kafka then reassigns a dead consumer's partitions",
    check: wholeNumber(6, 300),
  },
  STATUS_PORT: {
    default: "8891",
    about: "port of the consumer's status page on 127.0.0.1",
    check: wholeNumber(1, 65_535),
  },
  CONSOLE_PORT: {
    default: "8890",
    about: "port of the console",
    check: wholeNumber(1, 65_535),
  },
  CONSOLE_HOST: {
    default: "127.0.0.1",
    about: "address that the console listens on; another one than loopback needs CONSOLE_TOKEN",
    check: (value) => /^[\w.:-]+$/.test(value) ? undefined : "an IP address or a host name",
  },
  CONSOLE_TOKEN: {
    default: "",
    about: "what visitors of the console must know: they open it with ?token= and this",
    secret: true,
    check: (value) =>
      /^([!"$'-~]{8,200})?$/.test(value)
        ? undefined
        : "8 to 200 ASCII characters, none of them a blank, #, & or %: visitors write it into an address",
  },
  LOADER_STATUS_PORT: {
    default: "8892",
    about: "port of the metrics of a watching loader on 127.0.0.1",
    check: wholeNumber(1, 65_535),
  },
  ZOOKEEPER_PORT: port("2181", "ZooKeeper"),
  KAFKA_PORT: port("9092", "Kafka"),
  KAFKA_UI_PORT: port("8888", "Kafka UI; natively the console serves it, too"),
  S3: {
    default: "",
    about: "local or aws: which S3; empty: aws if one of the variables below chooses it",
    check: (value) => ["", "local", "aws"].includes(value) ? undefined : "local or aws",
  },
  S3_HOST: {
    default: "localhost",
    about: "host of the local S3; another one inside containers",
    check: (value) => /^[\w.-]+$/.test(value) ? undefined : "a host name",
  },
  S3_PORT: port("7070", "the local S3"),
  S3_WEB_PORT: port("7071", "the local S3's web page"),
  WAREHOUSE_PORT: port("5432", "PostgreSQL, the local warehouse"),
  AIRFLOW_PORT: port("8080", "Airflow"),
} satisfies Record<string, Variable>;

/** The name of a setting's variable. */
export type VariableName = keyof typeof variables;

/** The services' ports on this machine. */
export interface Ports {
  readonly zookeeper: number;
  readonly kafka: number;
  readonly kafkaUi: number;
  readonly console: number;
  readonly s3: number;
  readonly s3Web: number;
  readonly warehouse: number;
  readonly airflow: number;
}

/** How Airflow is reached. */
export interface AirflowAccess {
  /** Undefined: it is not triggered. */
  readonly url: string | undefined;
  readonly username: string;
  readonly password: string;
}

/** Where the console listens, and what its visitors must know. */
export interface ConsoleSettings {
  readonly host: string;
  readonly token: string | undefined;
}

/** All settings, checked. Which S3 is not among them: see which_s3.ts. */
export interface Settings {
  readonly brokers: readonly string[];
  readonly kafkaSecurity: KafkaSecurity;
  readonly partitions: number;
  readonly topicPrefix: string;
  readonly group: string;
  readonly bucket: string;
  readonly archiveBucket: string;
  readonly s3Host: string;
  /** An IANA name. */
  readonly sourceTimeZone: string;
  /** Undefined: the local warehouse of the runtime. */
  readonly warehouseUrl: string | undefined;
  readonly airflow: AirflowAccess;
  readonly runtime: "docker" | "native" | undefined;
  /** An absolute path. */
  readonly runtimeDir: string;
  /** In seconds. */
  readonly sessionTimeout: number;
  readonly statusPort: number;
  readonly loaderStatusPort: number;
  readonly console: ConsoleSettings;
  /** The port that the broker advertises, where a test has put a proxy in front of it. */
  readonly kafkaAdvertisedPort?: number;
  readonly ports: Ports;
}

/**
 * Reads all settings.
 *
 * @param get returns a variable's value, or undefined; an empty value counts as unset
 * @throws {UserError} when a value is wrong: names the variable, the value (unless it is secret)
 *   and what would be right
 */
export function readSettings(get: (name: string) => string | undefined): Settings {
  const read = (name: VariableName): string => {
    const variable: Variable = variables[name];
    const given = get(name);
    // Blanks may be part of a secret.
    const value = (variable.secret ? given : given?.trim()) || variable.default;
    const derived = value === variable.default &&
      ["KAFKA_BROKERS", "CONSUMER_GROUP", "ARCHIVE_BUCKET"].includes(name);
    const expected = derived ? undefined : variable.check?.(value);
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
    console: Number(read("CONSOLE_PORT")),
    s3: Number(read("S3_PORT")),
    s3Web: Number(read("S3_WEB_PORT")),
    warehouse: Number(read("WAREHOUSE_PORT")),
    airflow: Number(read("AIRFLOW_PORT")),
  };
  const bucket = read("RAW_BUCKET");
  const topicPrefix = read("TOPIC_PREFIX");
  // It is used where S3 is chosen; here it is only checked.
  read("S3");
  return {
    brokers: read("KAFKA_BROKERS").replace("KAFKA_PORT", String(ports.kafka)).split(","),
    kafkaSecurity: readSecurity(read),
    partitions: Number(read("KAFKA_PARTITIONS")),
    topicPrefix,
    group: groupOf(topicPrefix, read("CONSUMER_GROUP")),
    bucket,
    s3Host: read("S3_HOST"),
    sourceTimeZone: read("SOURCE_TIME_ZONE"),
    archiveBucket: archiveOf(bucket, read("ARCHIVE_BUCKET")),
    warehouseUrl: read("WAREHOUSE_URL") || undefined,
    airflow: {
      url: read("AIRFLOW_API_URL").replace(/\/+$/, "") || undefined,
      username: read("AIRFLOW_USERNAME"),
      password: read("AIRFLOW_PASSWORD"),
    },
    runtime: (read("RUNTIME") || undefined) as Settings["runtime"],
    runtimeDir: resolve(projectFolder, read("RUNTIME_DIR")),
    sessionTimeout: Number(read("SESSION_TIMEOUT")),
    statusPort: Number(read("STATUS_PORT")),
    console: {
      host: read("CONSOLE_HOST"),
      token: read("CONSOLE_TOKEN") || undefined,
    },
    loaderStatusPort: Number(read("LOADER_STATUS_PORT")),
    ports,
  };
}

/** The default group is one per prefix: a group's members share its topics. */
function groupOf(topicPrefix: string, given: string): string {
  return given === variables.CONSUMER_GROUP.default
    ? given.replace("TOPIC_PREFIX", topicPrefix)
    : given;
}

/** The archive must not be the raw bucket: everything in that is a file to load. */
function archiveOf(bucket: string, given: string): string {
  const archive = given.replace("RAW_BUCKET", bucket);
  const expected = archive === bucket ? "another bucket than RAW_BUCKET" : bucketName(archive);
  if (expected === undefined) return archive;
  throw new UserError(`ARCHIVE_BUCKET is "${archive}"`, `set it to ${expected}`, { exitCode: 2 });
}

function port(number: string, service: string): Variable {
  return { default: number, about: `port of ${service}`, check: wholeNumber(1, 65_535) };
}
