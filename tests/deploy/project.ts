import config from "../../deno.json" with { type: "json" };
import type { Project } from "./manifest_rules.ts";

const ROOT = new URL("../../", import.meta.url);

type Read = readonly string[] | { readonly allow: readonly string[] } | boolean;

/** This project, for the rules. */
export const project: Project = {
  reads: Object.fromEntries(
    Object.entries(config.permissions).map((
      [name, set],
    ) => [name, pathsOf((set as { read?: Read }).read)]),
  ),
  has(path) {
    try {
      return Deno.statSync(new URL(path, ROOT)).isFile;
    } catch {
      return false;
    }
  },
};

function pathsOf(read: Read = false): readonly string[] {
  if (typeof read === "boolean") return [];
  return "allow" in read ? read.allow : read;
}
