/**
 * `deno task test:deploy`: renders what deploy/ has with kustomize, has kubectl-validate judge it, and
 * our own rules too. Needs Go, and no cluster. Ends with `N passed, N failed`.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { runCommand } from "../../infra/command.ts";
import { runEntry } from "../../shared/cli/entry.ts";
import { summaryOf } from "../run/run_tests.ts";
import { ensureGoTool } from "./go_tools.ts";
import { deploymentsOf } from "./manifest.ts";
import { project } from "./project.ts";
import { parseManifests } from "./read_manifests.ts";
import { faultsOf } from "./manifest_rules.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const CRDS = fileURLToPath(new URL("crds", import.meta.url));
const KUSTOMIZATIONS = ["base", "overlays/example", "overlays/example-keda"];
/** The oldest that deploy/README.md names, and the newest that kubectl-validate knows. */
const VERSIONS = ["1.28", "1.30"];

/** What no schema may let pass: if it does, the judge is none. */
const mistakes: Record<string, (deployment: Record<string, unknown>) => void> = {
  "an unknown field": (spec) => spec.replicaz = 2,
  "a number that is text": (spec) => spec.minReadySeconds = "soon",
  "a missing selector": (spec) => delete spec.selector,
  "an unknown field of a container": (spec) => containerOf(spec).readynessProbe = {},
  "a probe without a period that is a number": (spec) =>
    containerOf(spec).readinessProbe = { exec: { command: ["true"] }, periodSeconds: "5s" },
};

await runEntry(async (signal) => {
  const failed: string[] = [];
  let passed = 0;
  const check = async (name: string, body: () => Promise<void> | void) => {
    try {
      await body();
      passed++;
      console.log(`ok ${name}`);
    } catch (error) {
      failed.push(name);
      console.log(`FAILED ${name}\n${(error as Error).message}`);
    }
  };
  const folder = `${ROOT}.runtime/compose/bin`;
  const options = { log: console.error, signal };
  const kustomize = await ensureGoTool("kustomize", folder, options);
  const validate = await ensureGoTool("kubectl-validate", folder, options);
  const render = (name: string) => outputOf(kustomize, ["build", `${ROOT}deploy/${name}`], signal);
  for (const name of KUSTOMIZATIONS) {
    const text = await render(name).catch((error: Error) => error);
    await check(`${name} is rendered, and follows the rules`, () => {
      if (text instanceof Error) throw text;
      assert.deepEqual(faultsOf(parseManifests(text), project), []);
    });
    if (text instanceof Error) continue;
    for (const version of VERSIONS) {
      await check(`${name} is valid in Kubernetes ${version}`, async () => {
        const fault = await judge(validate, text, version, signal);
        assert.equal(fault, undefined);
      });
    }
  }
  for (const [mistake, make] of Object.entries(mistakes)) {
    await check(`${mistake} is refused`, async () => {
      const objects = structuredClone(parseManifests(await render("base")));
      make(deploymentsOf(objects)[0]!.spec as unknown as Record<string, unknown>);
      const text = objects.map((object) => stringify(object)).join("---\n");
      assert.ok(await judge(validate, text, VERSIONS[0]!, signal), "it was found valid");
    });
  }
  console.log(summaryOf({ passed, failed, skipped: 0 }));
  return failed.length > 0 ? 1 : 0;
});

/** What is wrong with manifests in the eyes of a version of Kubernetes; undefined if nothing is. */
async function judge(
  validate: string,
  text: string,
  version: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  try {
    await Deno.writeTextFile(file, text);
    const result = await runCommand(
      validate,
      [file, "--version", version, "--local-crds", CRDS],
      { signal },
    );
    return result?.code === 0 ? undefined : `${result?.stdout}\n${result?.stderr}`;
  } finally {
    await Deno.remove(file);
  }
}

async function outputOf(command: string, args: string[], signal: AbortSignal): Promise<string> {
  const result = await runCommand(command, args, { signal });
  if (result?.code !== 0) throw new Error(`${command} ${args.join(" ")}:\n${result?.stderr}`);
  return result.stdout;
}

// deno-lint-ignore no-explicit-any -- it is there to be broken
function containerOf(spec: Record<string, any>): Record<string, unknown> {
  return spec.template.spec.containers[0];
}
