import { certificateError } from "../cli/certificate_error.ts";
import { causesOf, ServiceError } from "../cli/errors.ts";
import { type Listener, probeListener } from "./port_probe.ts";
import type { KafkaSecurity } from "../cli/kafka_security.ts";
import { securityOptions } from "./security_options.ts";
import type { Settings } from "../cli/settings.ts";

/** What kafkajs says when a connection was lost, even inside an authentication error. */
const CONNECTION_LOST =
  /closed connection|connection (error|timeout|closed)|timed out|not connected|after end/i;

/**
 * The user-facing error when a broker refused how we connect or sign in, which no retry
 * would change; undefined when it is another error, such as a broker that is away. What the broker
 * itself says is left out: it is foreign text, and might repeat what it was sent. Rejects with
 * `signal.reason` when the signal aborts.
 */
export async function explainKafkaRefusal(
  error: unknown,
  settings: Settings,
  signal?: AbortSignal,
): Promise<ServiceError | undefined> {
  const signIn = explainSignIn(error, settings);
  if (signIn) return signIn;
  if (!find(error, ({ type, message }) => /SASL/.test(type ?? "") || isLost(message))) return;
  const broker = brokerOf(error, settings);
  const listener = await probe(broker, settings.kafkaSecurity, signal);
  return listener && explainListener(listener, settings, failure(error, settings));
}

/**
 * The user-facing error when a broker's certificate, or our user, is rejected: what can be said
 * without asking the broker. Undefined when it is another error.
 */
export function explainSignIn(error: unknown, settings: Settings): ServiceError | undefined {
  const { kafkaSecurity: security } = settings;
  const fail = failure(error, settings);
  const certificate = security.tls && certificateError(error);
  if (certificate) {
    return fail(
      `its certificate is not trusted (${certificate})`,
      "set KAFKA_TLS_CA to the PEM file of the CA that signed it, and use a broker name that is in the certificate",
    );
  }
  const { sasl } = security;
  const signIn = find(
    error,
    ({ name, message }) =>
      name === "KafkaJSSASLAuthenticationError" && !CONNECTION_LOST.test(message),
  );
  if (sasl && signIn) {
    return fail(
      `authentication failed for the user "${sasl.username}" (${sasl.mechanism})`,
      "check KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD, and that the user has credentials for KAFKA_SASL_MECHANISM",
    );
  }
  return undefined;
}

function failure(error: unknown, settings: Settings) {
  const broker = brokerOf(error, settings);
  return (why: string, hint: string) =>
    new ServiceError(`Kafka at ${broker}`, `Cannot use Kafka at ${broker}: ${why}`, hint, {
      cause: error,
    });
}

function brokerOf(error: unknown, settings: Settings): string {
  return find(error, ({ broker }) => broker) ?? settings.brokers[0]!;
}

/** What the port turned out to be, where that is not what the settings say. */
function explainListener(
  listener: Listener & { readonly inTls?: boolean },
  { kafkaSecurity: { tls, sasl } }: Settings,
  fail: (why: string, hint: string) => ServiceError,
): ServiceError | undefined {
  if (listener.speaks === "TLS") {
    return fail(
      "the listener requires TLS, and KAFKA_TLS is off",
      "set KAFKA_TLS to on, or use the plaintext port",
    );
  }
  if (tls && !listener.inTls) {
    return fail(
      "the listener is plaintext, and KAFKA_TLS is on",
      "use the TLS port, or unset KAFKA_TLS",
    );
  }
  const { mechanisms } = listener;
  const offered = mechanisms.map((name) => name.toLowerCase()).join(", ");
  if (!sasl) {
    return mechanisms.length === 0 ? undefined : fail(
      `the listener requires SASL (${offered}), and KAFKA_SASL_MECHANISM is not set`,
      "set KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD",
    );
  }
  if (mechanisms.length === 0) {
    return fail(
      `SASL is not enabled on this listener, and KAFKA_SASL_MECHANISM is ${sasl.mechanism}`,
      "use a SASL listener, or unset KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD",
    );
  }
  if (mechanisms.includes(sasl.mechanism.toUpperCase())) return undefined;
  return fail(
    `it does not support ${sasl.mechanism}, only ${offered}`,
    "set KAFKA_SASL_MECHANISM to one of these",
  );
}

async function probe(broker: string, security: KafkaSecurity, signal?: AbortSignal) {
  if (!security.tls) return await probeListener(broker, { signal });
  const tls = securityOptions(security).ssl as true | { ca: string[] };
  const inside = await probeListener(broker, { tls: tls === true ? {} : tls, signal });
  return inside ? { ...inside, inTls: true } : await probeListener(broker, { signal });
}

function isLost(message: string): boolean {
  return /closed connection|socket disconnected|ECONNRESET|EPIPE/i.test(message);
}

interface KafkaError extends Error {
  readonly broker?: string;
  readonly type?: string;
}

/** The first truthy result of `look` for an error and its causes. */
function find<T>(error: unknown, look: (error: KafkaError) => T): T | undefined {
  return causesOf(error).map((cause) => look(cause as KafkaError)).find(Boolean);
}
