import { connect, createServer, type Socket } from "node:net";
import { Transform } from "node:stream";
import { pause } from "../../shared/cli/backoff.ts";

/** A proxy in front of a service whose connections can be cut and slowed down. */
export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Cuts all connections, in the middle of whatever they carry. */
  cut(): void;
  /** Lets so many bytes a second through, of all connections and both ways together. */
  slowDown(bytesPerSecond: number): void;
}

/** What is let through at once on a slow line, in bytes. */
const PIECE = 1_024;

/**
 * Listens and passes everything on to `target`, both on this machine.
 *
 * @param port 0 for a free one
 */
export async function tcpProxy(port: number, target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let rate = Infinity;
  /** When the line is free again. */
  let free = 0;
  const line = () =>
    new Transform({
      async transform(chunk: Uint8Array, _encoding, done) {
        for (let i = 0; i < chunk.length; i += PIECE) {
          // Not to be slowed down, and not to be cut into pieces.
          if (rate === Infinity) return done(null, chunk.subarray(i));
          const piece = chunk.subarray(i, i + PIECE);
          free = Math.max(free, performance.now()) + piece.length * 1000 / rate;
          await pause(free - performance.now());
          this.push(piece);
        }
        done();
      },
    });
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(line()).on("error", () => {}).pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as { port: number }).port,
    cut,
    slowDown(bytesPerSecond) {
      rate = bytesPerSecond;
      free = 0;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
