import { createHash } from "node:crypto";
import { answerOf, succeed } from "./docker_command.ts";
import { type InputOptions, inputsOf } from "./stand_in_inputs.ts";
import { CACHE } from "./paths.ts";

/** Says of an image that it is a stand-in. */
export const STAND_IN = "automotive.stand-in";

/** The hash of all that a stand-in was made of. */
const MADE_OF = "automotive.stand-in.made-of";

const FOLDER = new URL("stand-ins", import.meta.url).pathname;

/** An image, and another key for another content. */
export interface StandIn {
  readonly image: string;
  readonly key: string;
}

/** What is to be built. */
export interface StandInBuild {
  readonly image: string;
  /** The folder below stand-ins/. */
  readonly name: string;
  readonly tag: string;
  /** What it may start from, by the build argument that names it. */
  readonly bases: Readonly<Record<string, StandIn>>;
}

/** Builds the image of a folder below stand-ins/, unless it is there and made of the same. */
export async function buildStandIn(
  { image, name, tag, bases }: StandInBuild,
  options: InputOptions,
): Promise<StandIn> {
  const folder = `${FOLDER}/${name}`;
  const dockerfile = await Deno.readTextFile(`${folder}/Dockerfile`);
  const inputs = await inputsOf(name, tag, options);
  const args = argumentsOf(dockerfile, tag, bases);
  const target = targetOf(dockerfile, tag);
  const files = await filesOf(folder);
  const used = Object.entries(bases).filter(([arg]) => arg in args).map(([, { key }]) => key);
  const parts = [files, args, target, used, inputs.map(({ path, key }) => [path, key])];
  const key = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  await replaceStandIn(image, key, options, async (labels) => {
    const context = `${CACHE}/contexts/${name}`;
    await succeed("rm", ["-rf", context], options);
    await Deno.mkdir(`${CACHE}/contexts`, { recursive: true });
    await succeed("cp", ["-R", folder, context], options);
    for (const input of inputs) await input.put(`${context}/${input.path}`);
    const flags = [
      ...Object.entries(args).flatMap(([arg, value]) => ["--build-arg", `${arg}=${value}`]),
      ...Object.entries(labels).flatMap(([label, value]) => ["--label", `${label}=${value}`]),
      ...target ? ["--target", target] : [],
    ];
    await succeed("docker", ["build", "--tag", image, ...flags, context], options);
    await succeed("rm", ["-rf", context], options);
  });
  return { image, key };
}

/**
 * Makes an image, unless it is there with this key. One that is no stand-in is the real one, and is
 * left alone.
 */
export async function replaceStandIn(
  image: string,
  key: string,
  { log, ...options }: InputOptions,
  make: (labels: Record<string, string>) => Promise<void>,
): Promise<void> {
  const format = `{{index .Config.Labels "${STAND_IN}"}} {{index .Config.Labels "${MADE_OF}"}}`;
  const there = await answerOf("docker", ["image", "inspect", "--format", format, image], options);
  if (there === `true ${key}`) return;
  if (there !== undefined && !there.startsWith("true ")) return log(`${image} is the real one`);
  log(`Building a stand-in for ${image}…`);
  const start = performance.now();
  await make({ [STAND_IN]: "true", [MADE_OF]: key });
  log(`Built ${image} in ${((performance.now() - start) / 1000).toFixed(0)} s`);
}

/** The build arguments that the Dockerfile asks for: its bases, and the tag or its first number. */
function argumentsOf(
  dockerfile: string,
  tag: string,
  bases: StandInBuild["bases"],
): Record<string, string> {
  const values: Record<string, string | undefined> = { TAG: tag, MAJOR: /\d+/.exec(tag)?.[0] };
  for (const [arg, { image }] of Object.entries(bases)) values[arg] = image;
  const asked = new Set([...dockerfile.matchAll(/^ARG (\w+)$/gm)].map(([, arg]) => arg!));
  return Object.fromEntries(
    [...asked].map((arg) => {
      const value = values[arg];
      if (value === undefined) throw new Error(`nothing is known of the build argument ${arg}`);
      return [arg, value];
    }),
  );
}

/** Which stage a tag means, where a Dockerfile has one for each variant: `bin-2.9.6` is `bin`. */
function targetOf(dockerfile: string, tag: string): string | undefined {
  const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\w+)$/gm)].map(([, stage]) => stage);
  if (stages.length === 0) return undefined;
  const variant = /^([a-z]+)-/.exec(tag)?.[1] ?? "debian";
  if (stages.includes(variant)) return variant;
  throw new Error(`there is no stand-in for the variant ${variant}`);
}

/** Path, mode and text of every file below a folder, in a fixed order. */
async function filesOf(folder: string, below = ""): Promise<[string, number, string][]> {
  const found: [string, number, string][] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const [path, relative] = [`${folder}/${name}`, `${below}/${name}`];
    if (isDirectory) found.push(...await filesOf(path, relative));
    else {
      const { mode } = await Deno.stat(path);
      found.push([relative, (mode ?? 0) & 0o111, await Deno.readTextFile(path)]);
    }
  }
  return found.sort(([a], [b]) => a < b ? -1 : 1);
}
