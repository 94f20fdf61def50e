import type { Ports, VariableName } from "../shared/cli/settings.ts";
import type { StopSignal } from "./process.ts";
import type { Runtime, ServiceName } from "./runtime.ts";

/** A port of a service: what moves it, and what for people it is the port of. */
export interface PortUse {
  readonly port: number;
  readonly variable: VariableName;
  readonly title: string;
}

interface ServicePort {
  readonly of: keyof Ports;
  readonly variable: VariableName;
  readonly title: string;
  /** The only runtime in which the service listens there. */
  readonly only?: Runtime["name"];
}

interface Service {
  readonly title: string;
  readonly ports: readonly ServicePort[];
  /** The only runtime that has it. */
  readonly only?: Runtime["name"];
  /** Started only when it is named. */
  readonly onDemand?: true;
  /** What ends it without waiting for its clients. @default SIGTERM */
  readonly stopSignal?: StopSignal;
}

const WEB: readonly ServiceName[] = ["kafka-ui", "s3", "console", "airflow"];

/** The services in the order in which they can be started. */
export const services: Record<ServiceName, Service> = {
  zookeeper: {
    title: "ZooKeeper",
    ports: [{ of: "zookeeper", variable: "ZOOKEEPER_PORT", title: "ZooKeeper" }],
  },
  kafka: { title: "Kafka", ports: [{ of: "kafka", variable: "KAFKA_PORT", title: "Kafka" }] },
  "kafka-ui": {
    title: "Kafka UI",
    ports: [{ of: "kafkaUi", variable: "KAFKA_UI_PORT", title: "Kafka UI" }],
    only: "docker",
  },
  s3: {
    title: "S3",
    ports: [
      { of: "s3", variable: "S3_PORT", title: "S3" },
      { of: "s3Web", variable: "S3_WEB_PORT", title: "S3 browser" },
    ],
  },
  warehouse: {
    title: "PostgreSQL",
    ports: [{ of: "warehouse", variable: "WAREHOUSE_PORT", title: "PostgreSQL" }],
    stopSignal: "SIGINT",
  },
  console: {
    title: "Console",
    ports: [
      { of: "console", variable: "CONSOLE_PORT", title: "Console" },
      { of: "kafkaUi", variable: "KAFKA_UI_PORT", title: "Console", only: "native" },
    ],
  },
  airflow: {
    title: "Airflow",
    ports: [{ of: "airflow", variable: "AIRFLOW_PORT", title: "Airflow" }],
    onDemand: true,
  },
};

/** The ports that a service listens on in a runtime. */
export function portsOf(name: ServiceName, ports: Ports, runtime: Runtime["name"]): PortUse[] {
  return services[name].ports.filter(({ only }) => only === undefined || only === runtime)
    .map(({ of, variable, title }) => ({ port: ports[of], variable, title }));
}

/** The services that a runtime has. */
export function servicesOf(runtime: Runtime["name"]): ServiceName[] {
  const all = Object.keys(services) as ServiceName[];
  return all.filter((name) => [undefined, runtime].includes(services[name].only));
}

/** Those of them that a start without names starts. */
export function startedByDefault(runtime: Runtime["name"]): ServiceName[] {
  return servicesOf(runtime).filter((name) => !services[name].onDemand);
}

/** The variables of the ports of a runtime's services, for programs that are to find them there. */
export function portVariables(runtime: Runtime["name"], ports: Ports): Record<string, string> {
  const uses = servicesOf(runtime).flatMap((name) => portsOf(name, ports, runtime));
  return Object.fromEntries(uses.map(({ variable, port }) => [variable, String(port)]));
}

/** Where a service listens, in words. */
export function addressOf(name: ServiceName, ports: Ports): string {
  // The first port of a service is the same in both runtimes.
  const [first] = services[name].ports;
  const host = `localhost:${first && ports[first.of]}`;
  return WEB.includes(name) ? `http://${host}` : host;
}
