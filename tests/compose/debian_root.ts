import { createHash } from "node:crypto";
import { answerOf, type CommandOptions, succeed } from "./docker_command.ts";
import { CACHE } from "./paths.ts";

/** What a small image leaves out of Debian. */
const EXCLUDED = [
  "var/cache/apt/archives/*.deb",
  "var/cache/apt/*.bin",
  "var/lib/apt/lists/*",
  "var/log/*",
  "usr/share/doc/*",
  "usr/share/info/*",
  "usr/share/locale/*",
  // Only the pages: programs that come later want their folders.
  "usr/share/man/*/*",
];

/** Keeps apt from leaving files of 100 MB in every image that installs something. */
const NO_CACHES = `Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
`;

/** Authorities that this machine trusts beside Debian's, as behind a proxy that looks into TLS. */
const OWN_AUTHORITIES = "/usr/local/share/ca-certificates";
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

/** Makes programs that bring authorities of their own trust the system's. */
const ENV = {
  SSL_CERT_FILE: BUNDLE,
  REQUESTS_CA_BUNDLE: BUNDLE,
  PIP_CERT: BUNDLE,
  DENO_TLS_CA_STORE: "system",
};

/** A minimal Debian as this machine is: its release, its mirror, its authorities. */
export interface DebianRoot {
  /** Another one for another root. */
  readonly key: string;
  /** Makes it (root, with debootstrap; half a minute) and imports it as an image. */
  import(image: string, labels: Record<string, string>): Promise<void>;
}

/** @throws {UserError} when this machine is no Debian, or its apt has no sources */
export async function debianRoot(options: CommandOptions): Promise<DebianRoot> {
  const sources = await aptSources(options);
  const authorities = await ownAuthorities();
  const script = await Deno.readTextFile(import.meta.filename!);
  return {
    key: createHash("sha256").update(JSON.stringify([sources, authorities, script])).digest("hex"),
    async import(image, labels) {
      const folder = await Deno.makeTempDir({ prefix: "debian-root-" });
      try {
        const root = `${folder}/root`;
        await bootstrap(root, sources[0]!, options);
        await configure(root, sources, authorities, options);
        const tar = `${folder}/root.tar`;
        const excluded = EXCLUDED.map((pattern) => `--exclude=./${pattern}`);
        await succeed(
          "tar",
          ["-C", root, "--one-file-system", ...excluded, "-cf", tar, "."],
          options,
        );
        const changes = [
          ...Object.entries(labels).map(([name, value]) => `LABEL ${name}=${value}`),
          ...Object.entries(ENV).map(([name, value]) => `ENV ${name}=${value}`),
          'CMD ["bash"]',
        ];
        const flags = changes.flatMap((change) => ["--change", change]);
        await succeed("docker", ["import", ...flags, tar, image], options);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  };
}

interface Source {
  readonly uri: string;
  readonly suite: string;
}

/** Debian's own sources in this machine's apt, the release itself first. */
async function aptSources(options: CommandOptions): Promise<Source[]> {
  const release = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(release)?.[1];
  const format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
  const targets = await succeed(
    "apt-get",
    ["indextargets", "--format", format, "Identifier: Packages"],
    options,
  );
  const suites = [codename, `${codename}-updates`, `${codename}-security`];
  const sources = targets.trim().split("\n").map((line) => line.split(" "))
    .filter(([, suite, component]) => component === "main" && suites.includes(suite))
    .map(([uri, suite]) => ({ uri: uri!, suite: suite! }))
    .sort((a, b) => suites.indexOf(a.suite) - suites.indexOf(b.suite));
  if (sources[0]?.suite !== codename) throw new Error("this machine's apt has no source of Debian");
  return sources;
}

async function ownAuthorities(): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const names = await answerOf("ls", [OWN_AUTHORITIES]) ?? "";
  for (const name of names.split("\n").filter((name) => name.endsWith(".crt"))) {
    found[name] = await Deno.readTextFile(`${OWN_AUTHORITIES}/${name}`);
  }
  return found;
}

async function bootstrap(root: string, { uri, suite }: Source, options: CommandOptions) {
  const debs = `${CACHE}/debs`;
  await Deno.mkdir(debs, { recursive: true });
  const flags = ["--variant=minbase", "--include=ca-certificates", `--cache-dir=${debs}`];
  await succeed("debootstrap", [...flags, suite, root, uri], options);
}

async function configure(
  root: string,
  sources: Source[],
  authorities: Record<string, string>,
  options: CommandOptions,
): Promise<void> {
  const lines = sources.map(({ uri, suite }) => `deb ${uri} ${suite} main\n`);
  await Deno.writeTextFile(`${root}/etc/apt/sources.list`, lines.join(""));
  const excluded = ["doc", "info", "locale", "man"].map((name) =>
    `path-exclude=/usr/share/${name}/*/*\n`
  );
  await Deno.writeTextFile(`${root}/etc/dpkg/dpkg.cfg.d/small`, excluded.join(""));
  await Deno.writeTextFile(`${root}/etc/apt/apt.conf.d/small`, NO_CACHES);
  for (const [name, text] of Object.entries(authorities)) {
    await Deno.writeTextFile(`${root}${OWN_AUTHORITIES}/${name}`, text);
  }
  await succeed("chroot", [root, "update-ca-certificates"], options);
  await Deno.writeTextFile(`${root}/etc/resolv.conf`, "");
}
