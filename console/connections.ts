import type { S3Client } from "@aws-sdk/client-s3";
import type { Admin, Kafka } from "kafkajs";
import pg from "pg";
import { ServiceError } from "../shared/cli/errors.ts";
import { orAborted } from "../shared/cli/or_aborted.ts";
import type { Settings } from "../shared/cli/settings.ts";
import { isKafkaError } from "../shared/kafka/broker_errors.ts";
import { connectAdmin, kafkaClient } from "../shared/kafka/client.ts";
import { type Cluster, connectCluster } from "../shared/kafka/cluster.ts";
import { warehouseUrl } from "../shared/postgres/address.ts";
import { explainWarehouse } from "../shared/postgres/sql_state.ts";
import { s3Client } from "../shared/s3/client.ts";
import { schemaVersion } from "../warehouse/sql/schema.ts";

/** A broker that answers, as its clients see it. */
export interface KafkaConnection {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly cluster: Cluster;
}

/** Whether an error says that the connection is of no more use, or never was. */
function isBroken(error: unknown): boolean {
  return isKafkaError(error) || error instanceof ServiceError;
}

/** How long a statement of the console may take, in ms. */
const STATEMENT_MS = 15_000;
/** How long disconnecting may take, in ms: nothing is lost with a connection that hangs. */
const DISCONNECT_MS = 2_000;

/**
 * What the console reads from. Each is connected when it is first asked, kept, and connected anew after
 * it has failed, so that any of them may be away, at the start or later. Dispose it to disconnect.
 */
export class Connections implements AsyncDisposable {
  readonly s3: S3Client;
  readonly #kafka: Kafka;
  readonly #pool: pg.Pool;
  #connecting: Promise<KafkaConnection & AsyncDisposable> | undefined;

  constructor(readonly settings: Settings) {
    this.s3 = s3Client(settings, { maxAttempts: 2 });
    this.#kafka = kafkaClient(settings, "console");
    this.#pool = new pg.Pool({
      connectionString: warehouseUrl(settings),
      application_name: "automotive-console",
      connectionTimeoutMillis: 3_000,
      // A server that hangs does not keep to its own limit.
      query_timeout: STATEMENT_MS + 1_000,
      max: 4,
      options: `-c TimeZone=UTC -c DateStyle=ISO,YMD -c default_transaction_read_only=on
        -c statement_timeout=${STATEMENT_MS}`.replace(/\s+/g, " "),
    });
    // Without a listener, a server that ends would end this program; the next query fails anyway.
    this.#pool.on("error", () => {});
  }

  /**
   * Asks Kafka something.
   *
   * @throws {ServiceError} when no broker answers; kafkajs' errors
   */
  async withKafka<T>(question: (connection: KafkaConnection) => Promise<T>): Promise<T> {
    const connecting = this.#connecting ??= this.#connect();
    try {
      return await question(await connecting);
    } catch (error) {
      // Others may have connected anew since; what else goes wrong does not break a connection.
      if (this.#connecting === connecting && isBroken(error)) {
        this.#connecting = undefined;
        connecting.then((old) => old[Symbol.asyncDispose](), () => {});
      }
      throw error;
    }
  }

  /**
   * Asks the warehouse something, in a transaction that cannot write.
   *
   * @throws {ServiceError} when it cannot be reached or refuses us; PostgreSQL's errors
   */
  async withWarehouse<T>(question: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    return await this.#ask(await this.#client(), question);
  }

  /**
   * The same for a question that can be answered in part without the warehouse: it is given none where
   * it cannot be reached, or is empty.
   *
   * @throws what the question throws; PostgreSQL's errors
   */
  async withWarehouseIfThere<T>(
    question: (client: pg.PoolClient | undefined) => Promise<T>,
  ): Promise<T> {
    const client = await this.#client().catch(() => undefined);
    if (!client) return await question(undefined);
    return await this.#ask(
      client,
      async (client) => await question(await schemaVersion(client) > 0 ? client : undefined),
    );
  }

  async #client(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (error) {
      throw explainWarehouse(error, this.settings);
    }
  }

  async #ask<T>(
    client: pg.PoolClient,
    question: (client: pg.PoolClient) => Promise<T>,
  ): Promise<T> {
    let failed = true;
    try {
      const answer = await question(client);
      failed = false;
      return answer;
    } finally {
      client.release(failed);
    }
  }

  async #connect(): Promise<KafkaConnection & AsyncDisposable> {
    const kafka = this.#kafka;
    await using stack = new AsyncDisposableStack();
    const admin = stack.use(await connectAdmin(kafka, this.settings, { timeout: 0 }));
    const cluster = stack.use(await connectCluster(kafka));
    const kept = stack.move();
    return {
      kafka,
      admin,
      cluster,
      [Symbol.asyncDispose]: () => kept.disposeAsync().catch(() => {/* It was lost before. */}),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const connecting = this.#connecting;
    this.#connecting = undefined;
    const disconnected = Promise.all([
      connecting?.then((old) => old[Symbol.asyncDispose](), () => {}),
      this.#pool.end(),
    ]);
    await orAborted(disconnected, AbortSignal.timeout(DISCONNECT_MS)).catch(() => {});
    this.s3.destroy();
  }
}
