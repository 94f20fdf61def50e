import { resolve } from "node:path";

/** The project's folder. */
export const PROJECT = resolve(import.meta.dirname!, "../..");

/** What the native runtime downloads: the stand-ins are made of the same programs. */
export const DOWNLOADS = `${PROJECT}/.runtime`;

/** Everything that is kept of these tests: caches, the engine's data, the compose plugin. */
export const CACHE = `${PROJECT}/.runtime/compose`;
