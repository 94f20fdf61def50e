import { resolve } from "node:path";
import { fetchJars, type Jars } from "./downloads.ts";
import { type Folders, markerOf, type ServiceCommand } from "./native_service.ts";
import type { ServiceName } from "./runtime.ts";
import { requireJava } from "./tools.ts";
import { utf8Locale } from "./utf8_locale.ts";

const LOG4J = resolve(import.meta.dirname!, "log4j.properties");

/**
 * Prepares a service that is a main class of the jars: writes its properties file, the program's
 * only argument.
 *
 * @param main.heap the largest heap, in MiB
 * @param main.jars by default those of Kafka 3.9 with its ZooKeeper
 */
export async function prepareJava(
  name: ServiceName,
  main: {
    class: string;
    heap: number;
    properties: Record<string, string | number>;
    jars?: Jars;
  },
  folders: Folders,
  options: { log: (line: string) => void; signal?: AbortSignal },
): Promise<ServiceCommand> {
  const java = await requireJava(options.signal);
  const jars = await fetchJars({ folder: folders.downloads, ...options }, main.jars);
  const config = markerOf(name, folders);
  await Deno.mkdir(`${folders.runtimeDir}/config`, { recursive: true });
  await Deno.writeTextFile(config, toProperties(main.properties));
  return {
    command: java,
    args: [
      `-Xmx${main.heap}m`,
      "-XX:+ExitOnOutOfMemoryError",
      "-Djava.awt.headless=true",
      `-Dlog4j.configuration=file:${LOG4J}`,
      "-cp",
      `${jars}/*`,
      main.class,
      config,
    ],
    env: utf8Locale,
  };
}

/**
 * A Java properties file. Java reads it as Latin-1, so letters that are not ASCII (of a path) are
 * written as their UTF-16 units; a backslash is the escape character.
 */
export function toProperties(properties: Record<string, string | number>): string {
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${escape(String(value))}\n`)
    .join("");
}

function escape(value: string): string {
  return value.replaceAll("\\", "\\\\").replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
