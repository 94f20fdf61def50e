import { answerOf, type CommandOptions, succeed } from "./docker_command.ts";
import { CACHE } from "./paths.ts";

/** The last version that still is one Go module with its command line. */
const VERSION = "v2.40.3";

const MODULE = "github.com/docker/compose/v2";

/**
 * What makes `docker compose` work: nothing where the plugin is installed, else the folder with the
 * configuration of one that is built here with Go (once, some minutes). The user's own configuration
 * stays as it is: there, the plugin would make every program choose Docker.
 *
 * @returns variables of the environment, or why there is none
 */
export async function ensureCompose(
  { log, ...options }: CommandOptions & { log: (line: string) => void },
): Promise<Record<string, string> | string> {
  if (await answerOf("docker", ["compose", "version"], options) !== undefined) return {};
  const config = `${CACHE}/docker-config`;
  const env = { DOCKER_CONFIG: config };
  const found = await answerOf("docker", ["compose", "version", "--short"], {
    ...options,
    env: { ...options.env, ...env },
  });
  if (found !== undefined && VERSION.endsWith(found)) return env;
  if (await answerOf("go", ["version"], options) === undefined) {
    return "the docker compose plugin is missing, and so is Go, to build it";
  }
  log(`Building docker compose ${VERSION} with Go (once, some minutes)…`);
  const folder = `${CACHE}/plugin`;
  const plugin = `${config}/cli-plugins/docker-compose`;
  await succeed("rm", ["-rf", folder], options);
  await Deno.mkdir(folder, { recursive: true });
  // A module of its own: a program whose go.mod has replacements cannot be had by go install.
  const go = (...args: string[]) => succeed("go", args, { ...options, cwd: folder });
  await go("mod", "init", "plugin");
  await go("get", `${MODULE}/cmd@${VERSION}`);
  const ldflags = `-s -w -X ${MODULE}/internal.Version=${VERSION}`;
  await go("build", "-ldflags", ldflags, "-o", "docker-compose", `${MODULE}/cmd`);
  await Deno.mkdir(`${config}/cli-plugins`, { recursive: true });
  await Deno.rename(`${folder}/docker-compose`, plugin);
  return env;
}
