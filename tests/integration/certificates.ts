import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A private certificate authority of a test, and a server certificate that it has signed. */
export interface Certificates {
  /** PEM files, by what is in them. */
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  /** Private key and certificate in one file, as Kafka wants them. */
  readonly keyStore: string;
}

const DAY_MS = 86_400_000;

/**
 * Writes the PEM files of a new authority and of a server certificate for localhost, not for 127.0.0.1.
 * X.509 is written by hand (RFC 5280), because a tool for it is not on every machine.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const issuer = { name: "Test authority", key: authority.privateKey };
  const ca = certificate(issuer, "Test authority", authority.publicKey, [
    extension("551d13", sequence(bytes(0x01, "ff")), true), // CA: true
    extension("551d0f", bytes(0x03, "0106"), true), // signs certificates and revocation lists
    extension("551d0e", bytes(0x04, keyId(authority.publicKey))),
  ]);
  const cert = certificate(issuer, "localhost", server.publicKey, [
    extension("551d11", sequence(bytes(0x82, Buffer.from("localhost")))),
    extension("551d25", sequence(bytes(0x06, "2b06010505070301"))), // for TLS servers
    extension("551d23", sequence(bytes(0x80, keyId(authority.publicKey)))),
  ]);
  const key = server.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await Deno.mkdir(folder, { recursive: true });
  const write = async (name: string, pem: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, pem, { mode: 0o600 });
    return `${folder}/${name}`;
  };
  return {
    ca: await write("ca.pem", ca),
    cert: await write("cert.pem", cert),
    key: await write("key.pem", key),
    keyStore: await write("key-store.pem", key + cert + ca),
  };
}

/** A certificate, valid from yesterday to tomorrow, as PEM. */
function certificate(
  issuer: { name: string; key: KeyObject },
  subject: string,
  publicKey: KeyObject,
  extensions: Buffer[],
): string {
  const algorithm = sequence(bytes(0x06, "2a8648ce3d040302")); // ECDSA with SHA-256
  const body = sequence(
    bytes(0xa0, bytes(0x02, "02")),
    bytes(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    algorithm,
    commonName(issuer.name),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    commonName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    bytes(0xa3, sequence(...extensions)),
  );
  const signature = sign("sha256", body, issuer.key);
  const der = sequence(body, algorithm, bytes(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = der.toString("base64").match(/.{1,64}/g)!;
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

/** A value of ASN.1 in DER: tag, length, content. */
function bytes(tag: number, content: Buffer | string): Buffer {
  const value = typeof content === "string" ? Buffer.from(content, "hex") : content;
  const { length } = value;
  const size = length < 0x80
    ? [length]
    : length < 0x100
    ? [0x81, length]
    : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), value]);
}

function sequence(...values: Buffer[]): Buffer {
  return bytes(0x30, Buffer.concat(values));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(
    bytes(0x06, oid),
    ...critical ? [bytes(0x01, "ff")] : [],
    bytes(0x04, value),
  );
}

function commonName(name: string): Buffer {
  const value = sequence(bytes(0x06, "550403"), bytes(0x0c, Buffer.from(name)));
  return sequence(bytes(0x31, value));
}

/** UTCTime: two digits of the year. */
function time(ms: number): Buffer {
  return bytes(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/\D/g, "")}Z`));
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha1").update(key.export({ type: "spki", format: "der" })).digest();
}
