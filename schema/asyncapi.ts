import { catalogue, topicOf, types } from "../shared/catalogue/events.ts";
import { DIALECT, eventSchema, type Schema } from "./json_schema.ts";

/** The topics of events as AsyncAPI 3 describes them: one channel a topic, one message a channel. */
export function asyncApi(): Schema {
  return {
    asyncapi: "3.0.0",
    info: {
      title: "Automotive events",
      version: "1.0.0",
      description: "What the simulated ERP and CRM systems of a car business publish to Kafka.",
    },
    defaultContentType: "application/json",
    servers: { local: { host: "localhost:9092", protocol: "kafka" } },
    channels: Object.fromEntries(types.map((type) => [type, {
      address: topicOf(type),
      messages: { [type]: { $ref: `#/components/messages/${type}` } },
    }])),
    operations: Object.fromEntries(types.flatMap((type) => {
      const channel = { $ref: `#/channels/${type}` };
      return [
        [`publish_${type}`, { action: "send", channel }],
        [`land_${type}`, { action: "receive", channel }],
      ];
    })),
    components: {
      messages: Object.fromEntries(types.map((type) => [type, {
        name: type,
        payload: {
          schemaFormat: "application/schema+json;version=draft-2020-12",
          schema: eventSchema(type),
        },
        bindings: {
          kafka: {
            key: { type: "string", description: `the event's ${catalogue[type].key}` },
            bindingVersion: "0.5.0",
          },
        },
      }])),
    },
    "x-json-schema-dialect": DIALECT,
  };
}
