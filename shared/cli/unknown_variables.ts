import { distance } from "fastest-levenshtein";
import { variables } from "./settings.ts";

/** Variables of AWS that people set by hand. */
const AWS = [
  "AWS_ACCESS_KEY_ID",
  "AWS_CA_BUNDLE",
  "AWS_CONFIG_FILE",
  "AWS_DEFAULT_REGION",
  "AWS_ENDPOINT_URL",
  "AWS_ENDPOINT_URL_S3",
  "AWS_PROFILE",
  "AWS_REGION",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SHARED_CREDENTIALS_FILE",
];
const OURS = Object.keys(variables);
const KNOWN = [...OURS, ...AWS];

/**
 * What else may stand in a `.env`: Docker's compose plugin, Deno and libraries read it, or its
 * variables, too.
 */
const FOREIGN =
  /^(AIRFLOW_|AUTOMOTIVE_|AWS_|COMPOSE_|CONTAINER_PREFIX$|DEBUG$|DENO_|DOCKER_|FORCE_COLOR$|JAVA_|KAFKAJS_|NODE_|NO_COLOR$|OTEL_|PG|TZ$)|_PROXY$/i;

/** Short names resemble many others. */
const SHORTEST = 7;
const NEAR = 2;

type Environment = Readonly<Record<string, string | undefined>>;

/** Lines about the names in `.env` that no program of ours reads. */
export function unknownInEnvFile(file: Environment): string[] {
  return Object.keys(file).filter((name) => !KNOWN.includes(name)).flatMap((name) => {
    const meant = meantBy(name, KNOWN);
    if (meant) return [`⚠ ${name} in .env is not known: did you mean ${meant}?`];
    return FOREIGN.test(name)
      ? []
      : [`⚠ ${name} in .env is not known: see .env.example for the names`];
  });
}

/** Lines about variables of the environment whose names are nearly those of ours. */
export function unknownIn(environment: Environment): string[] {
  return Object.keys(environment).flatMap((name) => {
    if (KNOWN.includes(name) || !environment[name]) return [];
    const meant = meantBy(name, KNOWN);
    return meant ? [`⚠ The variable ${name} is not known: did you mean ${meant}?`] : [];
  });
}

/** The name that was probably meant. */
function meantBy(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string) => text.toUpperCase().replace(/[^A-Z\d]/g, "");
  const same = known.find((one) => plain(one) === plain(name));
  if (same || name.length < SHORTEST) return same;
  const near = known.map((one) => ({ one, by: distance(plain(one), plain(name)) }))
    .filter(({ one, by }) => by <= NEAR && one.length >= SHORTEST)
    .sort((a, b) => a.by - b.by);
  return near[0]?.one;
}
