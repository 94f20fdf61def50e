import { connect } from "node:net";
import type { DefineService } from "./native_service.ts";
import { prepareJava } from "./java.ts";
import { ensureWritable } from "./writable.ts";

/** ZooKeeper, a single server of the cluster metadata of Kafka. */
export const zookeeper: DefineService = ({ ports }, folders) => ({
  name: "zookeeper",
  async prepare(options) {
    const dataDir = `${folders.runtimeDir}/data/zookeeper`;
    await ensureWritable(dataDir, "ZooKeeper");
    const properties = {
      dataDir,
      clientPort: ports.zookeeper,
      clientPortAddress: "127.0.0.1",
      tickTime: 2000,
      maxClientCnxns: 0,
      "admin.enableServer": "false",
      // Snapshots and logs are kept for ever by default.
      "autopurge.purgeInterval": 24,
      "autopurge.snapRetainCount": 3,
    };
    const main = {
      class: "org.apache.zookeeper.server.quorum.QuorumPeerMain",
      heap: 256,
      properties,
    };
    return await prepareJava("zookeeper", main, folders, options);
  },
  async ask(signal) {
    const answer = await fourLetterWord("srvr", ports.zookeeper, signal);
    if (!/^Mode: /m.test(answer)) throw new Error(`srvr answered "${answer.trim()}"`);
  },
});

/**
 * Sends one of ZooKeeper's four-letter words and returns the response. `srvr` is the only one that
 * is allowed by default; its `Mode:` line is there once the server serves.
 */
function fourLetterWord(word: string, port: number, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    const onAbort = () => socket.destroy(new Error("no answer"));
    signal.addEventListener("abort", onAbort, { once: true });
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(word));
    socket.on("data", (text) => answer += text);
    socket.on("end", () => resolve(answer));
    socket.on("error", reject);
    socket.on("close", () => {
      signal.removeEventListener("abort", onAbort);
      resolve(answer);
    });
  });
}
