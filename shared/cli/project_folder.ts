import { resolve } from "node:path";

/** The project's folder, wherever its programs are started from. */
export const projectFolder = resolve(import.meta.dirname!, "../..");
