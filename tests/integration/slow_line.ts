import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** How fast a line is, in bytes a second; 0: nothing gets through. @default as fast as it goes */
export interface Line {
  readonly up?: number;
  readonly down?: number;
}

/** Opens a line to the port `target` of this machine, on a free port. */
export async function slowLine(
  target: number,
  { up, down }: Line,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    carry(client, upstream, up);
    carry(upstream, client, down);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer);
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };

  function carry(from: Socket, to: Socket, rate = Infinity): void {
    sockets.add(from);
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
    if (rate === 0) return void from.pause();
    from.on("data", (piece) => {
      to.write(piece);
      if (rate === Infinity) return;
      from.pause();
      const timer = setTimeout(() => {
        timers.delete(timer);
        from.resume();
      }, piece.length / rate * 1000);
      timers.add(timer);
    });
  }
}
