import { connect, createServer, type Socket } from "node:net";

/** A proxy in front of the broker whose connections can be cut. */
export interface TcpProxy extends AsyncDisposable {
  /** Cuts all connections, in the middle of whatever they carry. */
  cut(): void;
}

/** Listens on `port` and passes everything on to `target`, both on this machine. */
export async function tcpProxy(port: number, target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(one);
      one.on("error", () => {});
      one.on("close", () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    cut,
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
