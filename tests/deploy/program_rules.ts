import {
  readSettings,
  type Settings,
  type VariableName,
  variables,
} from "../../shared/cli/settings.ts";
import {
  type Container,
  type Deployment,
  type Manifest,
  type NetworkPolicy,
  type Probe,
  selects,
} from "./manifest.ts";
import type { Project } from "./manifest_rules.ts";

/** Where EKS puts the token that stands in for keys of AWS. */
const EKS_TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount";
/** Variables of the manifests' own: used in `args`, read by no program. */
const OURS = ["ALLOW_NET"];
const PROBES = ["startupProbe", "readinessProbe", "livenessProbe"] as const;
const DNS = [["UDP", 53], ["TCP", 53]] as const;

/** What is wrong with a Deployment's programs: their arguments, settings, secrets, hosts and probes. */
export function programRules(
  deployment: Deployment,
  objects: readonly Manifest[],
  project: Project,
): string[] {
  const { labels } = deployment.spec.template.metadata;
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy") as NetworkPolicy[];
  const policy = policies.find(({ spec }) => selects(spec.podSelector.matchLabels, labels));
  return deployment.spec.template.spec.containers.flatMap((container) => {
    const given = configOf(container, objects);
    return [
      ...variableRules(container, given),
      ...argumentRules(container, project),
      ...probeRules(container, deployment, project),
      ...addressRules(container, given, policy),
    ];
  });
}

type Config = Readonly<Record<string, string>>;

function configOf({ envFrom = [] }: Container, objects: readonly Manifest[]): Config {
  return Object.assign(
    {},
    ...envFrom.map(({ configMapRef }) =>
      objects.find(({ kind, metadata }) =>
        kind === "ConfigMap" && metadata.name === configMapRef?.name
      )?.data
    ),
  );
}

function* variableRules({ env = [] }: Container, given: Config): Generator<string> {
  const known = (name: string) => name in variables || name.startsWith("AWS_");
  const secret = (name: string) =>
    /SECRET|TOKEN$/.test(name) || (variables as Record<string, { secret?: boolean }>)[name]?.secret;
  for (const name of Object.keys(given)) {
    if (!known(name)) yield `${name} of its ConfigMap is no setting`;
    if (secret(name)) yield `${name} of its ConfigMap is a secret`;
  }
  for (const { name, value, valueFrom } of env) {
    if (!known(name) && !OURS.includes(name)) yield `${name} is no setting`;
    if (secret(name) && value !== undefined) yield `${name} is a secret`;
    const { key } = valueFrom?.secretKeyRef ?? {};
    if (value === undefined && key !== name) yield `${name} is not the secret's key of that name`;
  }
  try {
    settingsOf({ env }, given);
  } catch (error) {
    yield (error as Error).message;
  }
}

/** The settings that the program would read, with secrets that are made up. */
function settingsOf({ env = [] }: Pick<Container, "env">, given: Config): Settings {
  const wantsUser = !!given.KAFKA_SASL_MECHANISM;
  const secrets: Partial<Record<VariableName, string>> = {
    WAREHOUSE_URL: "postgresql://u:p@warehouse:5432/d",
    AIRFLOW_PASSWORD: "p",
    ...wantsUser && { KAFKA_SASL_USERNAME: "u", KAFKA_SASL_PASSWORD: "p" },
  };
  // What needs no user of Kafka is not given one; half of a protection is an error of its own.
  const hasUser = env.some(({ name }) => name === "KAFKA_SASL_USERNAME");
  const mechanism = hasUser ? given.KAFKA_SASL_MECHANISM : undefined;
  const read: Record<string, string | undefined> = {
    ...given,
    KAFKA_SASL_MECHANISM: mechanism,
    ...Object.fromEntries(env.map(({ name, value }) => [
      name,
      value ?? secrets[name as VariableName],
    ])),
  };
  return readSettings((name) => read[name]);
}

function* argumentRules({ args = [] }: Container, { reads, has }: Project): Generator<string> {
  const script = scriptOf(args);
  if (!script || !has(script)) yield `there is no script ${script}`;
  const flags = args.slice(0, script ? args.indexOf(script) : undefined);
  const set = flags.find((flag) => flag.startsWith("-P="))?.slice(3) ?? "";
  if (!reads[set]) yield `there is no permission set "${set}"`;
  if (!flags.includes("--allow-net=$(ALLOW_NET)")) yield "it does not take its hosts of ALLOW_NET";
  if (flags.includes("-A")) yield "it may do everything";
  const paths = flags.find((flag) => flag.startsWith("--allow-read="))?.slice(13).split(",");
  const wanted = [...reads[set] ?? [], EKS_TOKEN];
  if (paths?.toSorted().join() !== wanted.toSorted().join()) {
    yield `--allow-read is not what the set "${set}" has, and ${EKS_TOKEN}`;
  }
}

function* probeRules(
  container: Container,
  { spec }: Deployment,
  { reads, has }: Project,
): Generator<string> {
  const probes = PROBES.flatMap((name) => container[name] ?? []);
  if (probes.length === 0) {
    // Whatever does not end by then counts as begun.
    if ((spec.minReadySeconds ?? 0) < 45) yield "it has neither probes nor minReadySeconds of 45";
    return;
  }
  for (const name of PROBES) if (!container[name]) yield `it has no ${name}`;
  const [startup, readiness, liveness] = PROBES.map((name) => commandOf(container[name]));
  for (const command of [startup, readiness, liveness]) {
    if (command?.[0] !== "/bin/deno") yield "a probe is not Deno's: the image has nothing else";
    const set = command?.find((word) => word.startsWith("-P="))?.slice(3) ?? "";
    if (!(set in reads)) yield `a probe's permission set "${set}" is not there`;
    const script = command && scriptOf(command.slice(2));
    if (!script || !has(script)) yield `a probe's script ${script} is not there`;
  }
  // A consumer that waits for Kafka does not own its partitions, and must not be killed for it.
  if (!startup?.includes("--alive")) yield "the startup probe asks for more than an answer";
  if (!liveness?.includes("--alive")) yield "the liveness probe asks for more than an answer";
  if (readiness?.includes("--alive")) yield "the readiness probe asks for no more than an answer";
}

function commandOf(probe: Probe | undefined): readonly string[] | undefined {
  return probe?.exec?.command;
}

/** The first argument that is no flag. */
function scriptOf(args: readonly string[]): string | undefined {
  return args.find((arg) => !arg.startsWith("-"));
}

/** Deno and the NetworkPolicy have to allow what the settings name. */
function* addressRules(
  { args = [], env = [] }: Container,
  given: Config,
  policy: NetworkPolicy | undefined,
): Generator<string> {
  const allowed = env.find(({ name }) => name === "ALLOW_NET")?.value?.split(",") ?? [];
  const isConsumer = args.includes("-P=consumer");
  const brokers = isConsumer ? given.KAFKA_BROKERS?.split(",") ?? [] : [];
  const urls = [given.AWS_ENDPOINT_URL_S3, given.AWS_ENDPOINT_URL];
  if (isConsumer) urls.push(given.AIRFLOW_API_URL);
  if (!allowed.includes("127.0.0.1")) yield "it may not serve its status page";
  const s3 = urls[0] || urls[1] ? [] : [`s3.${given.AWS_REGION}.amazonaws.com:443`];
  for (const address of [...brokers, ...urls.flatMap(addressOf), ...s3]) {
    const [host = "", port] = splitAddress(address);
    if (!allowed.some((pattern) => covers(pattern, host, port))) {
      yield `ALLOW_NET does not allow ${address}`;
    }
    if (!lets(policy, "TCP", port)) yield `its NetworkPolicy does not let it call port ${port}`;
  }
  for (const [protocol, port] of DNS) {
    if (!lets(policy, protocol, port)) {
      yield `its NetworkPolicy does not let it ask DNS (${protocol})`;
    }
  }
  if (args.includes("-P=loader") && !lets(policy, "TCP", 5432)) {
    yield "its NetworkPolicy does not let it call PostgreSQL";
  }
}

function addressOf(url: string | undefined): string[] {
  if (!url) return [];
  const { hostname, port, protocol } = new URL(url);
  return [`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`];
}

function splitAddress(address: string): [host: string, port: number] {
  const colon = address.lastIndexOf(":");
  return [address.slice(0, colon), Number(address.slice(colon + 1))];
}

/** Whether a host of `--allow-net` covers another: `*.kafka.svc` all below kafka.svc, and itself. */
function covers(pattern: string, host: string, port: number): boolean {
  const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(pattern) ?? [];
  if (only !== undefined && Number(only) !== port) return false;
  return name.startsWith("*.") ? `.${host}`.endsWith(name.slice(1)) : host === name;
}

function lets(policy: NetworkPolicy | undefined, protocol: string, port: number): boolean {
  return policy?.spec.egress?.some(({ ports }) =>
    !ports || ports.some((rule) =>
      (rule.protocol ?? "TCP") === protocol && port >= rule.port &&
      port <= (rule.endPort ?? rule.port)
    )
  ) ?? false;
}
