import { Buffer } from "node:buffer";
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** How long a port may take to respond, in ms. */
const TIMEOUT_MS = 3_000;

/** What listens on a port. */
export type Listener =
  | { readonly speaks: "TLS" }
  /** Kafka without SASL has no mechanisms. */
  | { readonly speaks: "Kafka"; readonly mechanisms: readonly string[] };

/**
 * Asks a port what it requires, because a broker just closes a connection that is protected
 * differently than it expects, as it does on shutdown. Only a response proves anything: undefined
 * if none arrived.
 *
 * It asks to sign in by a mechanism that does not exist: a Kafka port answers with those that do,
 * or that SASL is not enabled on it. To plain bytes, a TLS port answers with an alert.
 *
 * Source: the Kafka protocol guide, SaslHandshake; RFC 8446, section 6.
 *
 * Rejects with `signal.reason` when the signal aborts.
 *
 * @param address `host:port`
 * @param options.tls to ask over TLS, with CAs to trust if they are private
 */
export function probeListener(
  address: string,
  options: { tls?: { readonly ca?: readonly string[] }; signal?: AbortSignal } = {},
): Promise<Listener | undefined> {
  const { tls, signal } = options;
  const at = address.lastIndexOf(":");
  const [host, port] = [address.slice(0, at), Number(address.slice(at + 1))];
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    let answer = Buffer.alloc(0);
    const socket: Socket = tls
      ? connectTls({
        host,
        port,
        servername: isIP(host) ? undefined : host,
        ca: tls.ca && [...tls.ca],
      }, ask)
      : connectPlain({ host, port }, ask);
    function ask() {
      socket.write(handshake);
    }
    const end = () => socket.destroy();
    signal?.addEventListener("abort", end, { once: true });
    socket.setTimeout(TIMEOUT_MS, end);
    socket.on("data", (part: Buffer) => {
      answer = Buffer.concat([answer, part]);
      if (readListener(answer)) end();
    });
    socket.on("error", () => {/* It closes after that. */});
    socket.on("close", () => {
      signal?.removeEventListener("abort", end);
      if (signal?.aborted) reject(signal.reason);
      else resolve(readListener(answer));
    });
  });
}

const UNSUPPORTED_MECHANISM = 33;
const ILLEGAL_STATE = 34;

/**
 * SaslHandshake, version 1: length, API key, version, correlation id, no client id, mechanism "?".
 */
const handshake = Buffer.from(
  "0000000d" + "0011" + "0001" + "00000001" + "ffff" + "0001" + "3f",
  "hex",
);

/** Parses a response; undefined if it is not one, or not complete yet. */
export function readListener(answer: Buffer): Listener | undefined {
  const ALERT = 21;
  if (answer[0] === ALERT && answer[1] === 3) return { speaks: "TLS" };
  if (answer.length < 14 || answer.length < 4 + answer.readInt32BE(0)) return undefined;
  if (answer.readInt32BE(4) !== 1) return undefined;
  const error = answer.readInt16BE(8);
  if (error === ILLEGAL_STATE) return { speaks: "Kafka", mechanisms: [] };
  if (error !== UNSUPPORTED_MECHANISM) return undefined;
  const mechanisms: string[] = [];
  let at = 14;
  for (let left = answer.readInt32BE(10); left > 0; left--) {
    const end = at + 2 + answer.readInt16BE(at);
    mechanisms.push(answer.toString("utf8", at + 2, end));
    at = end;
  }
  return { speaks: "Kafka", mechanisms };
}
