/// <reference lib="dom" />
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { Topics, TopicState } from "../../topics/topics.ts";
import type { FlowStream } from "../flow_stream.ts";
import { bytes, count, rate } from "../format.ts";
import { html } from "../html.ts";
import { Answer, Table, useAsked } from "../parts.ts";
import { hrefOf, type Route } from "../router.ts";
import { MessageView } from "./message.ts";
import { TopicView } from "./topic.ts";

/** How often the topics are looked at, in ms. */
const EVERY_MS = 2_000;
/** How many points a rate is averaged over. */
const SMOOTHED = 5;

/** All topics, or the one, or the message, that the route names. */
export function TopicsView({ route, stream }: { route: Route; stream: FlowStream }): VNode {
  const [topic = "", partition, offset] = route.rest.split("/");
  if (topic === "") return html`<${TopicList} stream=${stream} />`;
  return offset === undefined
    ? html`<${TopicView} key=${topic} topic=${topic} query=${route.query} />`
    : html`<${MessageView} topic=${topic} partition=${partition} offset=${offset} />`;
}

function TopicList({ stream }: { stream: FlowStream }): VNode {
  const asked = useAsked<Topics>("topics", EVERY_MS);
  const rateOf = useRates(asked.data, stream);
  return html`
    <h1>Topics</h1>
    <${Answer} asked=${asked}>${({ topics }: Topics) =>
      html`
        <${Table} caption="Topics" rows=${topics}
          empty=${html`Kafka has no topic yet. Producers make theirs: <code>deno task produce</code>`}
          columns=${[
            {
              title: "topic",
              value: ({ topic, isOurs }: TopicState) =>
                html`<a class=${isOurs ? "ours" : ""} href=${hrefOf("topics", topic)}>${topic}</a>`,
            },
            {
              title: "partitions",
              isFigure: true,
              value: ({ partitions }: TopicState) => count(partitions.length),
            },
            {
              title: "messages",
              isFigure: true,
              value: (topic: TopicState) => count(records(topic)),
            },
            {
              title: "messages/s",
              isFigure: true,
              value: (topic: TopicState) => rate(rateOf(topic)),
            },
            { title: "size", isFigure: true, value: (topic: TopicState) => bytes(sizeOf(topic)) },
            ...topics.some((topic) => heldOf(topic) > 0)
              ? [{ title: "note", value: TopicNote }]
              : [],
          ]} />
      `}<//>
  `;
}

/** What an open transaction holds back of a topic; nothing, as a rule. */
export function TopicNote(topic: TopicState): VNode | false {
  const held = heldOf(topic);
  return held > 0 && html`<span class="warns">${count(held)} held by an open transaction</span>`;
}

function heldOf({ partitions }: TopicState): number {
  return sum(partitions.map(({ high, stable }) => high - stable));
}

/** How many offsets a topic's logs hold. */
export function records({ partitions }: TopicState): number {
  return sum(partitions.map(({ low, high }) => high - low));
}

/** What a topic takes on disk, in bytes, without its replicas; undefined: Kafka does not tell. */
export function sizeOf({ partitions }: TopicState): number | undefined {
  const sizes = partitions.flatMap(({ size }) => size ?? []);
  return sizes.length === partitions.length ? sum(sizes) : undefined;
}

function sum(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0);
}

/** Messages a second: as the flow says, and for topics that it does not know, since the last look. */
function useRates(
  topics: Topics | undefined,
  { flow, points }: FlowStream,
): (topic: TopicState) => number | null {
  const looks = useRef<Topics[]>([]);
  if (topics && topics !== looks.current.at(-1)) {
    looks.current = [...looks.current, topics].slice(-SMOOTHED);
  }
  const [first, last] = [looks.current[0], looks.current.at(-1)];
  const endOf = (look: Topics | undefined, topic: string) => {
    const found = look?.topics.find((one) => one.topic === topic);
    return found ? sum(found.partitions.map(({ high }) => high)) : undefined;
  };
  return ({ topic }) => {
    const type = flow?.types.findIndex((one) => one.topic === topic) ?? -1;
    const known = points.slice(-SMOOTHED).flatMap(({ rates }) => rates[type] ?? []);
    if (known.length > 0) return known.reduce((sum, one) => sum + one, 0) / known.length;
    const [then, now] = [endOf(first, topic), endOf(last, topic)];
    const seconds = (last?.at ?? 0) / 1000 - (first?.at ?? 0) / 1000;
    return then === undefined || now === undefined || now < then || seconds <= 0
      ? null
      : (now - then) / seconds;
  };
}
