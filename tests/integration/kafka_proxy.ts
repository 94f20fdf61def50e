import { Buffer } from "node:buffer";
import { connect, createServer, type Socket } from "node:net";

/** API keys of the Kafka protocol guide. */
export const apiKeys = { produce: 0, fetch: 1, addPartitionsToTxn: 24, endTxn: 26 } as const;

/** A request on its way to the broker. */
export interface KafkaRequest {
  readonly apiKey: number;
  /** Passes it on to the broker. */
  forward(): void;
  /** Cuts the client's connection: it never sees an answer. */
  cut(): void;
  /** Sends the broker the request from elsewhere, as a network does that held it up; gives the answer. */
  deliver(): Promise<Buffer>;
}

/** A proxy that understands the frames of Kafka's protocol. */
export interface KafkaProxy extends AsyncDisposable {
  readonly port: number;
}

/**
 * Listens on a port for a broker whose advertised address it is: before the broker starts, which uses
 * that address, too. Requests of one connection go through one after the other.
 *
 * @param onRequest told of each request, which it must forward or cut
 */
export async function kafkaProxy(
  port: number,
  target: number,
  onRequest: (request: KafkaRequest) => Promise<void> | void,
): Promise<KafkaProxy> {
  const sockets = new Set<Socket>();
  const track = (socket: Socket, other: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {/* It closes after that. */});
    socket.on("close", () => {
      sockets.delete(socket);
      other.destroy();
    });
  };
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    track(client, upstream);
    track(upstream, client);
    upstream.pipe(client);
    let inTurn = Promise.resolve();
    const frames = frameReader((frame) => {
      inTurn = inTurn.then(() =>
        onRequest({
          apiKey: frame.readInt16BE(4),
          forward: () => void upstream.write(frame),
          cut: () => void client.destroy(),
          deliver: () => ask(target, frame),
        })
      ).catch(() => void client.destroy());
    });
    client.on("data", frames);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The error code of an answer to EndTxn, versions 0 and 1: length, correlation id, throttle time, code. */
export function endTxnError(answer: Buffer): number {
  return answer.readInt16BE(12);
}

/** Gathers what comes into frames: four bytes of length, and so many more. */
function frameReader(onFrame: (frame: Buffer) => void): (part: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (part) => {
    rest = Buffer.concat([rest, part]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      onFrame(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}

function ask(port: number, frame: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(frame));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the broker closed the connection")));
    socket.on(
      "data",
      frameReader((answer) => {
        resolve(answer);
        socket.destroy();
      }),
    );
  });
}
