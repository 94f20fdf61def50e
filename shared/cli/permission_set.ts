import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { projectFolder } from "./project_folder.ts";

type Rule<Value> = boolean | readonly Value[] | {
  readonly allow?: readonly Value[];
  readonly ignore?: boolean;
};

/** A permission set of deno.json. */
interface PermissionSet {
  readonly env?: Rule<string>;
  readonly net?: readonly string[];
  readonly read?: Rule<string>;
  readonly write?: Rule<string>;
  readonly sys?: readonly string[];
  readonly run?: boolean;
}

const sets: Readonly<Record<string, PermissionSet>> = config.permissions;

/**
 * The script that this process runs, relative to the project's folder; undefined if it is not one
 * of ours.
 */
export function ownScript(): string | undefined {
  const script = relative(projectFolder, fileURLToPath(Deno.mainModule)).replaceAll("\\", "/");
  return script.startsWith("../") ? undefined : script;
}

/** The permission set that deno.json's tasks run a script with. */
export function setOf(script: string): string | undefined {
  // It has no task: containers run it.
  if (script === "consumer/status/healthz.ts") return "healthz";
  for (const { command } of Object.values(config.tasks)) {
    const [, set, rest] = /^deno run .*-P=([\w-]+) (.+)$/.exec(command) ?? [];
    if (rest?.split(" ").includes(script)) return set;
  }
}

/** The permission set that this process should have been started with. */
export function ownSet(): string | undefined {
  const script = ownScript();
  return script && setOf(script);
}

/** Whether a permission set lets a program connect to an address. */
export function setAllows(set: string, address: string): boolean {
  const net = sets[set]?.net ?? [];
  return net.includes(address) || net.includes(address.replace(/:\d+$/, ""));
}

/** Whether a permission set lets a program read a file. */
export function setReads(set: string, path: string): boolean {
  return valuesOf(sets[set]?.read).some((allowed) => {
    const folder = fromProject(allowed);
    return folder === undefined || !relative(folder, path).startsWith("..");
  });
}

/**
 * What a permission set allows but this process was not granted, such as `env` and `write`. Hosts
 * are not checked: they can be granted in addition to the set.
 */
export function lackingOf(set: string): string[] {
  const { env, read, write, sys = [], run } = sets[set] ?? {};
  const wanted: Record<string, Deno.PermissionDescriptor[]> = {
    env: valuesOf(env).map((variable) =>
      // One of a family stands for all.
      variable === undefined
        ? { name: "env" }
        : { name: "env", variable: variable.replace("*", "ANY") }
    ),
    read: valuesOf(read).map((path) => ({ name: "read", path: fromProject(path) })),
    write: valuesOf(write).map((path) => ({ name: "write", path: fromProject(path) })),
    sys: sys.map((kind) => ({ name: "sys", kind: kind as "uid" })),
    run: run ? [{ name: "run" }] : [],
  };
  return Object.keys(wanted).filter((kind) =>
    wanted[kind]!.some((one) => Deno.permissions.querySync(one).state !== "granted")
  );
}

function fromProject(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(projectFolder, path);
}

/** The values of a rule; one that is undefined stands for all. */
function valuesOf(rule: Rule<string> | undefined): (string | undefined)[] {
  if (rule === undefined || rule === false) return [];
  if (rule === true) return [undefined];
  return [..."allow" in rule ? rule.allow ?? [] : rule as readonly string[]];
}
