import type { Kafka, Transaction } from "kafkajs";
import { until } from "./wait.ts";

/** A transaction that has begun. Disposing disconnects its producer and leaves it as it is. */
export interface OpenTransaction extends AsyncDisposable {
  readonly transaction: Transaction;
}

/** Begins a transaction, as another program may. */
export async function openTransaction(
  kafka: Kafka,
  transactionalId: string,
): Promise<OpenTransaction> {
  const producer = kafka.producer({
    transactionalId,
    maxInFlightRequests: 1,
    idempotent: true,
    retry: { retries: 10 },
  });
  await producer.connect();
  let transaction: Transaction | undefined;
  await until("there is a coordinator of transactions", async () => {
    transaction = await producer.transaction().catch(() => undefined);
    return transaction !== undefined;
  });
  return { transaction: transaction!, [Symbol.asyncDispose]: () => producer.disconnect() };
}
