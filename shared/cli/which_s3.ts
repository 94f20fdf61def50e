import process from "node:process";

/** Any of these set means that the user has chosen an S3: the AWS SDK's standard variables. */
const AWS_VARIABLES = [
  "AWS_ENDPOINT_URL_S3",
  "AWS_ENDPOINT_URL",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_ACCESS_KEY_ID",
  "AWS_PROFILE",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
];

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the local S3 of the runtime is used: S3 says so, or neither it nor an AWS variable is set. */
export function usesLocalS3(env: Environment = process.env): boolean {
  const { S3 } = env;
  return S3?.trim() ? S3.trim() === "local" : awsVariables(env).length === 0;
}

/** Why another S3 than the local one is used, for people: "AWS_PROFILE is set". */
export function whyNotLocal(env: Environment = process.env): string {
  if (env.S3?.trim()) return `S3=${env.S3.trim()}`;
  const names = awsVariables(env);
  return `${names.join(", ")} ${names.length === 1 ? "is" : "are"} set`;
}

/** The variables of AWS that would choose another S3 than the local one. */
export function awsVariables(env: Environment = process.env): string[] {
  return AWS_VARIABLES.filter((name) => env[name]?.trim());
}

/** The region that is chosen, as AWS's own tools have it; undefined: that of the profile. */
export function awsRegion(env: Environment = process.env): string | undefined {
  return env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined;
}

/** The address of another S3 than AWS's that is chosen. */
export function awsEndpoint(env: Environment = process.env): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}
