/** The checked-out commit; `unknown` outside a repository. */
export function commitOf(): string {
  const read = (args: string[]) => {
    const { success, stdout } = new Deno.Command("git", { args, stderr: "null" }).outputSync();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  };
  try {
    const commit = read(["rev-parse", "HEAD"]);
    if (commit === undefined) return "unknown";
    return read(["status", "--porcelain", "consumer", "shared"]) === ""
      ? commit
      : `${commit} + changes`;
  } catch {
    return "unknown";
  }
}
