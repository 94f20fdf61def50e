import { lockDownloads, run } from "../../infra/downloads.ts";
import { requireTool } from "../../infra/tools.ts";

/** Programs of Kubernetes that judge manifests without a cluster, built by Go. */
const modules = {
  /** Renders what is applied, as `kubectl apply -k` does. */
  kustomize: { path: "sigs.k8s.io/kustomize/kustomize/v5", version: "v5.8.1" },
  /** Judges it with the API server's own code. The schemas of Kubernetes 1.23 to 1.30 are in it. */
  "kubectl-validate": { path: "sigs.k8s.io/kubectl-validate", version: "v0.0.4" },
};

/**
 * The path of a program, which is built when it is not there: kustomize takes 20 s, kubectl-validate
 * two minutes.
 *
 * @param folder that of all programs
 * @throws {UserError} when Go is missing or fails
 */
export async function ensureGoTool(
  name: keyof typeof modules,
  folder: string,
  options: { readonly log: (line: string) => void; readonly signal?: AbortSignal },
): Promise<string> {
  const { log, signal } = options;
  const { path, version } = modules[name];
  const bin = `${folder}/${name}-${version}`;
  using _lock = await lockDownloads(folder, log, signal);
  if (await Deno.stat(bin).then(() => true, () => false)) return bin;
  await requireTool("go", signal);
  log(`Building ${name} ${version} with Go (once)…`);
  // Into a folder of its own first: an aborted build must not leave half a program behind.
  const partial = `${bin}.partial`;
  await run("go", ["install", `${path}@${version}`], { env: { GOBIN: partial }, signal });
  await Deno.rename(`${partial}/${name}`, bin);
  await Deno.remove(partial, { recursive: true });
  return bin;
}
