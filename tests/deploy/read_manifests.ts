import { parseEnv } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import type { Manifest } from "./manifest.ts";

/** A kustomization, as far as ours go. */
export interface Kustomization {
  readonly kind: "Kustomization" | "Component";
  readonly resources?: readonly string[];
  readonly components?: readonly string[];
  readonly patches?: readonly { readonly path?: string }[];
  readonly configMapGenerator?: readonly ConfigMapGenerator[];
  readonly secretGenerator?: unknown;
}

interface ConfigMapGenerator {
  readonly name: string;
  readonly envs?: readonly string[];
  readonly literals?: readonly string[];
}

/** Reads the kustomization of a folder. */
export function readKustomization(folder: string): Kustomization {
  return parse(Deno.readTextFileSync(`${folder}/kustomization.yaml`));
}

/** Reads the objects of text in YAML, with the errors of all its documents. */
export function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

/**
 * The objects of a kustomization without patches, as kustomize would make them, but for the hash in a
 * ConfigMap's name: so that no program is needed to judge them.
 */
export function readBase(folder: string): Manifest[] {
  const { resources = [], configMapGenerator = [] } = readKustomization(folder);
  return [
    ...resources.flatMap((name) => parseManifests(Deno.readTextFileSync(`${folder}/${name}`))),
    ...configMapGenerator.map((generator) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: generator.name },
      data: dataOf(generator, folder),
    })),
  ];
}

/** What a generator puts into its ConfigMap. */
export function dataOf(
  { envs = [], literals = [] }: ConfigMapGenerator,
  folder: string,
): Record<string, string> {
  return Object.assign(
    {},
    ...envs.map((name) => parseEnv(Deno.readTextFileSync(`${folder}/${name}`))),
    parseEnv(literals.join("\n")),
  );
}

/** The YAML files of a folder and the folders in it, `/`-separated, from the folder on. */
export function yamlFiles(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory
      ? yamlFiles(`${folder}/${name}`).map((file) => `${name}/${file}`)
      : name.endsWith(".yaml")
      ? [name]
      : []
  );
}
