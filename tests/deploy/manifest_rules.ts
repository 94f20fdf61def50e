import { programRules } from "./program_rules.ts";
import {
  type Container,
  type Deployment,
  deploymentsOf,
  type Labels,
  type Manifest,
  selects,
} from "./manifest.ts";

/** What of the project the manifests have to agree with. */
export interface Project {
  /** deno.json's permission sets: what each lets its script read. */
  readonly reads: Readonly<Record<string, readonly string[]>>;
  /** Whether a file of the project is there. */
  readonly has: (path: string) => boolean;
}

/**
 * What is wrong with a set of objects that is to be applied together. Kubernetes' schemas say what a
 * manifest may be; these rules say what ours have to be.
 *
 * @returns one line for each fault; none means that all is well
 */
export function faultsOf(objects: readonly Manifest[], project: Project): string[] {
  const deployments = deploymentsOf(objects);
  return [
    ...objectRules(objects),
    ...selectorRules(objects),
    ...deployments.flatMap((deployment) => [
      ...podRules(deployment),
      ...referenceRules(deployment, objects),
      ...containersOf(deployment).flatMap((container) =>
        [...containerRules(container)].map((fault) => `${nameOf(deployment)}: ${fault}`)
      ),
      ...programRules(deployment, objects, project).map((fault) =>
        `${nameOf(deployment)}: ${fault}`
      ),
    ]),
  ];
}

function* objectRules(objects: readonly Manifest[]): Generator<string> {
  const names = objects.map(nameOf);
  for (const name of new Set(names.filter((name, n) => names.indexOf(name) !== n))) {
    yield `${name} is there twice`;
  }
  for (const object of objects) {
    if (object.kind === "Secret") yield `${nameOf(object)}: secrets are made by hand`;
    if (object.kind === "ServiceAccount" && object.automountServiceAccountToken !== false) {
      yield `${nameOf(object)}: its token must not be mounted`;
    }
  }
  const namespaced = objects.filter(({ kind }) => kind !== "Namespace");
  const namespaces = new Set(namespaced.map(({ metadata }) => metadata.namespace));
  if (namespaces.size > 1) yield `objects are in several namespaces: ${[...namespaces].join(", ")}`;
}

function* selectorRules(objects: readonly Manifest[]): Generator<string> {
  const pods = deploymentsOf(objects).map(({ spec }) => spec.template.metadata.labels);
  for (const object of objects) {
    for (const selector of selectorsOf(object)) {
      if (pods.filter((labels) => selects(selector, labels)).length !== 1) {
        yield `${nameOf(object)}: ${
          JSON.stringify(selector)
        } does not select one Deployment's pods`;
      }
    }
    if (object.kind !== "ScaledObject") continue;
    const { scaleTargetRef } = object.spec as { scaleTargetRef: { name: string } };
    const target = deploymentsOf(objects).find(({ metadata }) =>
      metadata.name === scaleTargetRef.name
    );
    if (!target) yield `${nameOf(object)}: there is no Deployment ${scaleTargetRef.name}`;
    if (target?.spec.replicas !== undefined) {
      yield `${nameOf(object)}: its Deployment's replicas would be set at each apply`;
    }
  }
}

/** The selectors by which an object means pods. */
function selectorsOf({ kind, spec }: Manifest): (Labels | undefined)[] {
  const { selector, podSelector } = (spec ?? {}) as Record<string, { matchLabels?: Labels }>;
  if (kind === "PodDisruptionBudget") return [selector?.matchLabels];
  if (kind === "NetworkPolicy") return [podSelector?.matchLabels];
  if (kind !== "Deployment") return [];
  const { topologySpreadConstraints = [] } = (spec as Deployment["spec"]).template.spec;
  return [
    selector?.matchLabels,
    ...topologySpreadConstraints.map(({ labelSelector }) => labelSelector.matchLabels),
  ];
}

function* podRules(deployment: Deployment): Generator<string> {
  const { securityContext: security, ...pod } = deployment.spec.template.spec;
  const rules: [boolean, string][] = [
    [security?.runAsNonRoot === true, "runAsNonRoot is not true"],
    [security?.runAsUser === 65532, "the image's user is 65532"],
    [security?.seccompProfile?.type === "RuntimeDefault", "seccompProfile is not RuntimeDefault"],
    [pod.automountServiceAccountToken === false, "the token of the API must not be mounted"],
    // A Service kafka would set KAFKA_PORT, one called warehouse WAREHOUSE_PORT, to tcp://….
    [pod.enableServiceLinks === false, "enableServiceLinks must be false"],
    [(pod.terminationGracePeriodSeconds ?? 30) >= 60, "it has less than 60 s to end"],
  ];
  for (const [right, fault] of rules) if (!right) yield `${nameOf(deployment)}: ${fault}`;
}

function* referenceRules(
  deployment: Deployment,
  objects: readonly Manifest[],
): Generator<string> {
  const { spec } = deployment.spec.template;
  const has = (kind: string, name?: string) =>
    objects.some((object) => object.kind === kind && object.metadata.name === name);
  if (!has("ServiceAccount", spec.serviceAccountName)) {
    yield `${nameOf(deployment)}: there is no ServiceAccount ${spec.serviceAccountName}`;
  }
  const policies = objects.filter(({ kind }) => kind === "NetworkPolicy").flatMap(selectorsOf);
  const { labels } = deployment.spec.template.metadata;
  if (!policies.some((selector) => selects(selector, labels))) {
    yield `${nameOf(deployment)}: no NetworkPolicy selects it`;
  }
  const volumes = spec.volumes?.map(({ name }) => name) ?? [];
  for (const { envFrom = [], volumeMounts = [] } of containersOf(deployment)) {
    for (const { configMapRef } of envFrom) {
      if (configMapRef && !has("ConfigMap", configMapRef.name)) {
        yield `${nameOf(deployment)}: there is no ConfigMap ${configMapRef.name}`;
      }
    }
    for (const { name } of volumeMounts) {
      if (!volumes.includes(name)) yield `${nameOf(deployment)}: there is no volume ${name}`;
    }
  }
}

function* containerRules(container: Container): Generator<string> {
  const { image, resources: { requests, limits } = {}, securityContext: security } = container;
  const rules: [boolean, string][] = [
    [/(:v?\d[\w.-]*|@sha256:[0-9a-f]{64})$/.test(image), `the image ${image} has no version`],
    [!!requests?.cpu && !!requests.memory, "it requests no CPU or memory"],
    [!!limits?.memory, "its memory has no limit"],
    // A throttled consumer misses its heartbeats.
    [limits?.cpu === undefined, "its CPU has a limit"],
    [security?.allowPrivilegeEscalation === false, "allowPrivilegeEscalation is not false"],
    [security?.readOnlyRootFilesystem === true, "readOnlyRootFilesystem is not true"],
    [security?.capabilities?.drop?.includes("ALL") === true, "it keeps capabilities"],
  ];
  for (const [right, fault] of rules) if (!right) yield fault;
}

function containersOf({ spec: { template: { spec } } }: Deployment): Container[] {
  return [...spec.initContainers ?? [], ...spec.containers];
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}
