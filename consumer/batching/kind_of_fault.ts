/** The kinds of faults that make a message a dead letter, and how their reasons read. */
const kinds: readonly (readonly [kind: string, reason: RegExp])[] = [
  ["invalid_utf8", /^the message is not valid UTF-8/],
  ["invalid_json", /^the message is not JSON: /],
  ["not_an_object", /^the message is not a JSON object/],
  ["unreadable", /^the message cannot be read/],
  ["wrong_type", /^event_type is /],
  ["missing_id", /^the event has no event_id/],
  ["missing_timestamp", /^the event has no timestamp/],
  ["too_many_fields", /^the event has more than /],
  ["unstorable_field", /(cannot be the name of a column|which no column can hold)$/],
  ["invalid_value", /, expected /],
];

/** What {@linkcode kindOfFault} can answer. */
export const faultKinds: readonly string[] = [...kinds.map(([kind]) => kind), "other"];

/** The kind of a dead letter's reason: few and fixed, as metrics need them. */
export function kindOfFault(reason: string): string {
  return kinds.find(([, pattern]) => pattern.test(reason))?.[0] ?? "other";
}
