import type { KafkaMessage, Message } from "kafkajs";
import Record from "kafkajs/src/protocol/recordBatch/record/v0/index.js";
import decodeRecord from "kafkajs/src/protocol/recordBatch/record/v0/decoder.js";
import Decoder from "kafkajs/src/protocol/decoder.js";

/** A message as kafkajs reads it back from what it would send, without a broker. */
export function readBack({ key = null, value, headers, timestamp = "0" }: Message): KafkaMessage {
  const { buffer } = Record({ key, value, headers });
  const decoder = new Decoder(buffer);
  decoder.readVarInt();
  return decodeRecord(decoder, { firstOffset: "0", firstTimestamp: timestamp, magicByte: 2 });
}
