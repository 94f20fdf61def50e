import { ListBucketsCommand } from "@aws-sdk/client-s3";
import { LOCAL_S3, s3Client } from "../shared/s3/client.ts";
import { fetchVersityGW } from "./downloads.ts";
import { recoverInterruptedCompletions } from "./interrupted_completions.ts";
import { type DefineService, markerOf } from "./native_service.ts";
import { ensureWritable } from "./writable.ts";

/** VersityGW, the local S3 over a folder, with its web page. */
export const versitygw: DefineService = (settings, folders) => ({
  name: "s3",
  async prepare(options) {
    const dataDir = markerOf("s3", folders);
    await ensureWritable(dataDir, "S3");
    const { made, restored } = await recoverInterruptedCompletions(
      dataDir,
      (bucket) => bucket === settings.bucket ? settings.archiveBucket : `${bucket}-archive`,
    );
    if (made + restored > 0) options.log(interruption(made, restored));
    const { s3, s3Web } = settings.ports;
    return {
      command: await fetchVersityGW({ folder: folders.downloads, ...options }),
      args: [
        "--quiet",
        // Otherwise every request would need its own connection.
        "--keep-alive",
        ...["--region", LOCAL_S3.region],
        ...["--port", `127.0.0.1:${s3}`],
        ...["--health", "/health"],
        ...["--webui", `127.0.0.1:${s3Web}`],
        "--webui-no-tls",
        ...["--webui-gateways", `http://localhost:${s3}`],
        // The page's script calls S3 on another port; every request is signed all the same.
        ...["--cors-allow-origin", "*"],
        ...["posix", dataDir],
      ],
      // Not on the command line, which every user of the machine can read.
      env: {
        ROOT_ACCESS_KEY: LOCAL_S3.accessKeyId,
        ROOT_SECRET_KEY: LOCAL_S3.secretAccessKey,
      },
    };
  },
  async ask(signal) {
    const s3 = s3Client(settings);
    try {
      await s3.send(new ListBucketsCommand({}), { abortSignal: signal });
    } finally {
      s3.destroy();
    }
  },
});

function interruption(made: number, restored: number): string {
  const uploads = made + restored === 1 ? "1 upload" : `${made + restored} uploads`;
  return `S3 was killed while completing ${uploads}: ${made} had created the file, ${restored} can be completed again (a file that was moved elsewhere than to the archive at that moment is created twice)`;
}
