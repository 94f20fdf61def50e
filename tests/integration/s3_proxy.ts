import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { LOCAL_S3 } from "../../shared/s3/client.ts";
import type { Env } from "./settings.ts";

/** A request to S3 in the hands of the test. */
export interface S3Request {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  /** Whether it is the CompleteMultipartUpload of a file; a consumer's probe at its start is none. */
  readonly isCompletion: boolean;
  /**
   * Sends it to S3; resolves when S3 has answered, before the client gets the answer.
   *
   * @param headers of the answer, in the place of those that S3 gives
   */
  forward(headers?: Record<string, string>): Promise<void>;
  /** Answers instead of S3, as if it were S3. */
  answer(status: number, xml: string): void;
  /** Answers instead of S3, with an error. */
  refuse(status: number, code: string): void;
  /** Cuts the client's connection: it gets no answer, or not all of it. */
  cut(): void;
}

/** A proxy in front of S3 that the test decides every request of. */
export interface S3Proxy extends AsyncDisposable {
  /** Makes a program use the proxy. */
  readonly env: Env;
}

/**
 * Starts a proxy on a free port.
 *
 * @param port of S3
 * @param decide what happens to a request; the default is to forward it
 */
export async function s3Proxy(
  port: number,
  decide: (request: S3Request) => Promise<void> | void,
): Promise<S3Proxy> {
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url!, "http://s3");
    let answer: () => void = () => outgoing.destroy();
    const answerWith = (status: number, xml: string) => {
      answer = () => {
        outgoing.writeHead(status, { "content-type": "application/xml", server: "VERSITYGW" });
        outgoing.end(xml);
      };
    };
    const decided = decide({
      method: incoming.method!,
      url,
      headers: incoming.headers,
      isCompletion: incoming.method === "POST" && url.searchParams.has("uploadId") &&
        !url.pathname.includes("/_probe/"),
      async forward(headers = {}) {
        answer = await forward(port, incoming, outgoing, headers);
      },
      answer: answerWith,
      refuse(status, code) {
        answerWith(status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
      },
      cut: () => answer = () => outgoing.destroy(),
    });
    Promise.resolve(decided).then(() => answer(), () => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    env: {
      AWS_ENDPOINT_URL_S3: `http://localhost:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: LOCAL_S3.accessKeyId,
      AWS_SECRET_ACCESS_KEY: LOCAL_S3.secretAccessKey,
      AWS_REGION: LOCAL_S3.region,
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Passes a request on, headers and all (they are signed), and keeps the answer back. */
function forward(
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  changed: Record<string, string>,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const { method, url: path, headers } = incoming;
    const upstream = request({ host: "127.0.0.1", port, method, path, headers }, (response) => {
      const parts: Uint8Array[] = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () =>
        resolve(() => {
          outgoing.writeHead(response.statusCode!, { ...response.headers, ...changed });
          for (const part of parts) outgoing.write(part);
          outgoing.end();
        }));
    });
    upstream.on("error", reject);
    incoming.pipe(upstream);
  });
}
