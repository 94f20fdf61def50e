import { basename, join } from "node:path";
import { parse } from "yaml";
import { PROJECT } from "./paths.ts";

/** An image that docker-compose.yml, or a Dockerfile of ours, takes from a registry. */
export interface UpstreamImage {
  /** As it is written there: `denoland/deno:bin-2.9.6`. */
  readonly image: string;
  /** The last part of its repository: `deno`. */
  readonly name: string;
  readonly tag: string;
}

/** Every image that the services and our own images are made of, each once. */
export async function upstreamImages(): Promise<UpstreamImage[]> {
  const compose = parse(await Deno.readTextFile(`${PROJECT}/docker-compose.yml`));
  const dockerfiles = new Set([`${PROJECT}/Dockerfile`]);
  const images = new Set<string>();
  for (const { image, build } of Object.values<Service>(compose.services)) {
    if (build) dockerfiles.add(join(PROJECT, build.context, build.dockerfile ?? "Dockerfile"));
    else if (image) images.add(image);
  }
  for (const path of dockerfiles) {
    for (const image of basesOf(await textOf(path))) images.add(image);
  }
  return [...images].map(split);
}

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile?: string };
}

/** What a Dockerfile starts or copies from, but for its own stages. */
function basesOf(dockerfile: string): string[] {
  const stages = [...dockerfile.matchAll(/^FROM\s+\S+\s+AS\s+(\S+)/gim)].map(([, name]) => name);
  const named = dockerfile.matchAll(/^FROM\s+(\S+)|^COPY\s+.*--from=(\S+)/gim);
  return [...named].map(([, from, copied]) => from ?? copied!)
    .filter((image) => !stages.includes(image) && image !== "scratch");
}

function split(image: string): UpstreamImage {
  const [, repository, tag] = /^(.+):([^:/]+)$/.exec(image) ?? [];
  if (!repository || !tag) throw new Error(`${image} has no tag`);
  return { image, name: basename(repository), tag };
}

async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
}
