/**
 * The variables with which Linux programs take and print letters such as é in paths: in the locale
 * C, which services and CI jobs have, `ps` prints them as "??", and Java does not find such files.
 */
export const utf8Locale: Readonly<Record<string, string>> = Deno.build.os === "linux"
  ? { LC_ALL: "C.UTF-8" }
  : {};
