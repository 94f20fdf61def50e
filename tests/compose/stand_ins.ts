/**
 * `deno run -A tests/compose/stand_ins.ts [--remove]`: builds, or removes, images that stand in for
 * those of docker-compose.yml and our Dockerfiles, under their names, where they cannot be pulled.
 */
import { runEntry } from "../../shared/cli/entry.ts";
import { debianRoot } from "./debian_root.ts";
import { succeed } from "./docker_command.ts";
import { ensureEngine } from "./engine.ts";
import { buildStandIn, replaceStandIn, STAND_IN, type StandIn } from "./stand_in_image.ts";
import { upstreamImages } from "./upstream_images.ts";

/** How stand-ins are built. */
export interface StandInOptions {
  readonly log: (line: string) => void;
  /** Added to our own environment: which engine. */
  readonly env?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** What the stand-ins themselves start from. */
const DEBIAN = "automotive-stand-in-debian:1";
const CONFLUENT = "automotive-stand-in-confluent:1";

/**
 * Makes a stand-in for every image that our services and our own images take from a registry: of what
 * package registries have, see README.md. A real image of that name is left alone; a stand-in that was
 * made of the same as now is kept. Needs root and debootstrap on a Debian.
 *
 * @throws {UserError} when a build fails
 */
export async function buildStandIns(options: StandInOptions): Promise<void> {
  const root = await debianRoot(options);
  await replaceStandIn(DEBIAN, root.key, options, (labels) => root.import(DEBIAN, labels));
  const bases: Record<string, StandIn> = { DEBIAN: { image: DEBIAN, key: root.key } };
  const common = { image: CONFLUENT, name: "confluent", tag: "1", bases };
  bases.CONFLUENT = await buildStandIn(common, options);
  for (const upstream of await upstreamImages()) {
    await buildStandIn({ ...upstream, bases }, options);
  }
  await pruneStandIns(options);
}

/** Removes every stand-in, so that the real images are pulled again. */
export async function removeStandIns({ log, ...options }: StandInOptions): Promise<void> {
  const list = ["image", "ls", "--filter", `label=${STAND_IN}=true`];
  const names = await succeed("docker", [...list, "--format", "{{.Repository}}:{{.Tag}}"], options);
  const images = names.trim().split("\n").filter((name) => name && !name.endsWith(":<none>"));
  if (images.length === 0) return;
  log(`Removing ${images.join(", ")}`);
  await succeed("docker", ["image", "rm", ...images], options);
  await pruneStandIns(options);
}

/** Removes what has lost its name to a later build. */
async function pruneStandIns(options: Omit<StandInOptions, "log">): Promise<void> {
  const stale = ["image", "prune", "--force", "--filter", `label=${STAND_IN}=true`];
  await succeed("docker", stale, options);
}

if (import.meta.main) {
  await runEntry(async (signal) => {
    const log = console.error;
    const engine = await ensureEngine({ log, signal });
    if (typeof engine === "string") {
      log(`✗ ${engine}`);
      return 1;
    }
    await using _engine = engine;
    const options = { log, signal, env: engine.env };
    if (Deno.args[0] === "--remove") await removeStandIns(options);
    else await buildStandIns(options);
  });
}
