import { basename } from "node:path";
import { runCommand } from "../infra/command.ts";
import { UserError } from "../shared/cli/errors.ts";
import { DOWNLOADS, SOURCES } from "./peer.ts";

/**
 * Compiles a program of one file.
 *
 * @param path in bench/peers/
 * @param jars the folder of the jars that it needs
 * @returns what java is to be started with: class path and main class
 * @throws {UserError} when there is no javac, or it fails
 */
export async function compileJava(path: string, jars: string): Promise<string[]> {
  const main = basename(path, ".java");
  const classes = `${DOWNLOADS}/bench-classes/${main}`;
  const args = ["-cp", `${jars}/*`, "-d", classes, `${SOURCES}/${path}`];
  const result = await runCommand("javac", args);
  if (result === undefined) {
    throw new UserError(
      `Cannot compile ${path}: javac is not on the PATH`,
      "install a JDK of version 17 or later",
    );
  }
  if (result.code !== 0) throw new UserError(`Cannot compile ${path}: ${result.stderr.trim()}`);
  return ["-cp", `${classes}:${jars}/*`, main];
}
