import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { parseEtlOptions } from "../../warehouse/load/options.ts";
import { variables } from "../../shared/cli/settings.ts";
import config from "../../deno.json" with { type: "json" };
import { type Deployment, deploymentsOf, type Manifest } from "./manifest.ts";
import { project } from "./project.ts";
import {
  dataOf,
  parseManifests,
  readBase,
  readKustomization,
  yamlFiles,
} from "./read_manifests.ts";
import { faultsOf } from "./manifest_rules.ts";

const DEPLOY = fileURLToPath(new URL("../../deploy", import.meta.url));
const base = readBase(`${DEPLOY}/base`);
// monitoring/ is Prometheus' and Grafana's.
const files = yamlFiles(DEPLOY).filter((file) => !file.startsWith("monitoring/"));
const folders = files.flatMap((file) =>
  file.endsWith("/kustomization.yaml") ? [file.slice(0, -"/kustomization.yaml".length)] : []
);
const find = (objects: Manifest[], name: string) =>
  deploymentsOf(objects).find(({ metadata }) => metadata.name === name)!;
const consumer = find(base, "automotive-consumer");
const args = ({ spec }: Deployment) => spec.template.spec.containers[0]!.args!;

Deno.test("deploy: the base follows every rule", () => {
  assert.deepEqual(faultsOf(base, project), []);
});

Deno.test("deploy: every file is YAML, and part of a kustomization", () => {
  const used = folders.flatMap((folder) => {
    const { resources = [], components = [], patches = [] } = readKustomization(
      `${DEPLOY}/${folder}`,
    );
    const paths = [...resources, ...components, ...patches.flatMap(({ path }) => path ?? [])];
    return paths.map((path) => new URL(path, `file:///${folder}/`).pathname.slice(1));
  });
  for (const file of files) {
    parseManifests(Deno.readTextFileSync(`${DEPLOY}/${file}`));
    const isUsed = used.includes(file) || file.endsWith("/kustomization.yaml");
    assert.ok(isUsed, `${file} is in no kustomization`);
  }
  for (const path of used) {
    assert.ok(files.includes(path) || folders.includes(path), `${path} is not there`);
  }
});

Deno.test("deploy: no kustomization makes secrets, and each setting that one gives is right", () => {
  for (const folder of folders) {
    const kustomization = readKustomization(`${DEPLOY}/${folder}`);
    assert.equal(kustomization.secretGenerator, undefined, folder);
    for (const generator of kustomization.configMapGenerator ?? []) {
      for (const [name, value] of Object.entries(dataOf(generator, `${DEPLOY}/${folder}`))) {
        if (name.startsWith("AWS_")) continue;
        const variable =
          (variables as Record<string, { check?: (value: string) => unknown }>)[name];
        assert.ok(variable, `${folder}: ${name} is no setting`);
        if (value) assert.equal(variable.check?.(value), undefined, `${folder}: ${name}`);
      }
    }
  }
});

Deno.test("deploy: the overlays patch and scale objects that the base has", () => {
  const names = base.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
  for (const folder of folders) {
    for (const { path } of readKustomization(`${DEPLOY}/${folder}`).patches ?? []) {
      if (!path) continue;
      for (const patch of parseManifests(Deno.readTextFileSync(`${DEPLOY}/${folder}/${path}`))) {
        // Operations of RFC 6902 name no object.
        if (Array.isArray(patch)) continue;
        assert.ok(names.includes(`${patch.kind} ${patch.metadata.name}`), `${folder}/${path}`);
      }
    }
  }
});

Deno.test("deploy: the consumer runs with the flags of its task, the loader with flags that it takes", () => {
  const task = config.tasks.consume.command.split(" ");
  for (const flag of task.filter((word) => /^(-P|--v8)/.test(word))) {
    assert.ok(args(consumer).includes(flag), flag);
  }
  const loader = args(find(base, "automotive-loader"));
  assert.deepEqual(parseEtlOptions(loader.slice(loader.indexOf("warehouse/main.ts") + 1)), {
    watch: 2,
  });
});

Deno.test("deploy: the image is the one that docker-compose.yml builds", () => {
  const compose = parse(
    Deno.readTextFileSync(`${DEPLOY}/../docker-compose.yml`),
    { merge: true },
  );
  for (const { spec } of deploymentsOf(base)) {
    assert.equal(spec.template.spec.containers[0]!.image, compose.services.consumer.image);
  }
});

Deno.test("deploy: consumer/status/healthz.ts tells an answer from a right one", () => {
  const script = Deno.readTextFileSync(`${DEPLOY}/../consumer/status/healthz.ts`);
  assert.match(script, /"--alive"/);
});

/** Each breaks one thing of the base, in the consumer's Deployment if it is not said otherwise. */
const mistakes: Record<string, [change: (objects: Broken) => void, fault: RegExp]> = {
  "an image without a version": [
    ({ container }) => container.image = "automotive-pipeline:latest",
    /has no version/,
  ],
  "no resources": [({ container }) => delete container.resources, /requests no CPU or memory/],
  "a limit of CPU": [({ container }) => container.resources.limits.cpu = "1", /CPU has a limit/],
  "a root file system that can be written to": [
    ({ container }) => container.securityContext.readOnlyRootFilesystem = false,
    /readOnlyRootFilesystem/,
  ],
  "capabilities": [
    ({ container }) => delete container.securityContext.capabilities,
    /keeps capabilities/,
  ],
  "root": [({ pod }) => pod.securityContext.runAsNonRoot = false, /runAsNonRoot/],
  "the API's token": [({ pod }) => pod.automountServiceAccountToken = true, /must not be mounted/],
  "variables of Services": [({ pod }) => delete pod.enableServiceLinks, /enableServiceLinks/],
  "too little time to end": [
    ({ pod }) => pod.terminationGracePeriodSeconds = 30,
    /less than 60 s/,
  ],
  "no liveness probe": [({ container }) => delete container.livenessProbe, /no livenessProbe/],
  "a liveness probe that asks for partitions": [
    ({ container }) => container.livenessProbe.exec.command.pop(),
    /liveness probe asks for more/,
  ],
  "a probe's script that is not there": [
    ({ container }) => container.readinessProbe.exec.command[6] = "healthz",
    /script healthz is not there/,
  ],
  "labels that the selector does not select": [
    ({ deployment }) => deployment.spec.template.metadata.labels = { app: "consumer" },
    /does not select/,
  ],
  "a script that is not there": [
    ({ container }) => container.args[4] = "consumer/consumer.ts",
    /no script consumer\/consumer\.ts/,
  ],
  "another permission set": [({ container }) => container.args[1] = "-P=all", /no permission set/],
  "paths that the set does not have": [
    ({ container }) => container.args[3] = "--allow-read=/",
    /--allow-read is not/,
  ],
  "a setting that is none": [({ settings }) => settings.KAFKA_BROKER = "kafka:9092", /no setting/],
  "a setting that is wrong": [({ settings }) => settings.SESSION_TIMEOUT = "3", /SESSION_TIMEOUT/],
  "a secret among the settings": [
    ({ settings }) => settings.WAREHOUSE_URL = "postgresql://u:p@h/d",
    /WAREHOUSE_URL of its ConfigMap is a secret/,
  ],
  "a secret in the manifest": [
    ({ container }) => container.env.push({ name: "KAFKA_SASL_PASSWORD", value: "p" }),
    /KAFKA_SASL_PASSWORD is a secret/,
  ],
  "brokers that Deno does not allow": [
    ({ settings }) => settings.KAFKA_BROKERS = "a.example:9092",
    /ALLOW_NET does not allow a\.example:9092/,
  ],
  "brokers that the NetworkPolicy does not allow": [
    ({ settings }) => settings.KAFKA_BROKERS = "kafka:29092",
    /call port 29092/,
  ],
  "a Secret": [
    ({ objects }) => objects.push({ kind: "Secret", metadata: { name: "s" }, data: {} }),
    /Secret s/,
  ],
  "a budget for nobody": [
    ({ objects }) =>
      objects.push({
        kind: "PodDisruptionBudget",
        metadata: { name: "b" },
        spec: { selector: { matchLabels: { app: "x" } } },
      }),
    /PodDisruptionBudget b/,
  ],
};

interface Broken {
  // deno-lint-ignore no-explicit-any -- it is there to be broken
  readonly [part: string]: any;
}

function copyOfBase(): Broken {
  const objects = structuredClone(base);
  const deployment = find(objects, "automotive-consumer");
  const pod = deployment.spec.template.spec;
  const settings = objects.find(({ kind }) => kind === "ConfigMap")!.data;
  return { objects, deployment, pod, container: pod.containers[0], settings };
}

for (const [mistake, [change, fault]] of Object.entries(mistakes)) {
  Deno.test(`deploy: the rules refuse ${mistake}`, () => {
    const copy = copyOfBase();
    change(copy);
    assert.match(faultsOf(copy.objects, project).join("\n"), fault);
  });
}
