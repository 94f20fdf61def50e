/// <reference lib="dom" />
import type { VNode } from "preact";
import type { Groups, GroupState, Member, Progress } from "../../groups/groups.ts";
import { Chart } from "../chart.ts";
import type { FlowStream } from "../flow_stream.ts";
import { count, NONE, plural, rate } from "../format.ts";
import { html } from "../html.ts";
import { type Lags, useLags } from "../lags.ts";
import { Answer, Table, useAsked } from "../parts.ts";
import { hrefOf, type Route } from "../router.ts";
import { Sparkline } from "../sparkline.ts";

/** How often groups are looked at, in ms. */
const EVERY_MS = 2_000;

/** All consumer groups, or the one that the route names. */
export function GroupsView({ route, stream }: { route: Route; stream: FlowStream }): VNode {
  return route.rest === ""
    ? html`<${GroupList} />`
    : html`<${GroupView} key=${route.rest} group=${route.rest} points=${stream.points} />`;
}

function GroupList(): VNode {
  const asked = useAsked<Groups>("groups", EVERY_MS);
  return html`
    <h1>Groups</h1>
    <${Answer} asked=${asked}>${({ groups }: Groups) =>
      html`
        <${Table} caption="Consumer groups" rows=${groups}
          empty=${html`No consumer group yet. The consumer makes its own: <code>deno task consume</code>`}
          columns=${[
            {
              title: "group",
              value: ({ group, isOurs }: GroupState) =>
                html`<a class=${isOurs ? "ours" : ""} href=${hrefOf("groups", group)}>${group}</a>`,
            },
            { title: "state", value: ({ state }: GroupState) => state },
            {
              title: "members",
              isFigure: true,
              value: ({ members }: GroupState) => count(members.length),
            },
            {
              title: "topics",
              isFigure: true,
              value: ({ partitions }: GroupState) =>
                count(new Set(partitions.map(({ topic }) => topic)).size),
            },
            { title: "lag", isFigure: true, value: (group: GroupState) => count(lagOf(group)) },
          ]} />
      `}<//>
  `;
}

function GroupView({ group, points }: { group: string; points: FlowStream["points"] }): VNode {
  const asked = useAsked<Groups>(`groups?name=${encodeURIComponent(group)}`, EVERY_MS);
  const lags = useLags(asked.data);
  return html`
    <h1><a href=${hrefOf("groups")}>Groups</a><span class="of">${group}</span></h1>
    <${Answer} asked=${asked}>${({ groups: [state] }: Groups) =>
      html`<${GroupBody} state=${state} lags=${lags} points=${points} />`}<//>
  `;
}

function GroupBody(
  { state, lags, points }: { state: GroupState; lags: Lags; points: FlowStream["points"] },
): VNode {
  const { members, partitions, isOurs } = state;
  // Of our group the console knows more than was seen here.
  const seen = isOurs
    ? { times: points.map(({ at }) => at), total: points.map(({ lag }) => lag) }
    : lags;
  const consume = html`To start a consumer: <code>deno task consume</code>`;
  return html`
    <ul class="facts">
      <li>${state.state}</li>
      <li>${plural(members.length, "member")}</li>
      <li>lag ${count(lagOf(state))}</li>
    </ul>
    <div class="charts">
      <${Chart} title="Lag" times=${seen.times} format=${count} lines=${[
        { title: "offsets", color: "--accent", values: seen.total },
      ]} />
    </div>
    <h2>Partitions</h2>
    <${Table} caption="How far the group is in each partition" rows=${partitions}
      empty=${html`It has committed nothing. ${isOurs ? consume : ""}`} columns=${[
        {
          title: "topic",
          value: ({ topic }: Progress) => html`<a href=${hrefOf("topics", topic)}>${topic}</a>`,
        },
        { title: "partition", isFigure: true, value: ({ partition }: Progress) => partition },
        {
          title: "committed",
          isFigure: true,
          value: ({ committed }: Progress) => count(committed),
        },
        { title: "log end", isFigure: true, value: ({ end }: Progress) => count(end) },
        { title: "lag", isFigure: true, value: ({ lag }: Progress) => count(lag) },
        {
          title: "lag over time",
          value: (one: Progress) => html`<${Sparkline} values=${lags.of(one)} />`,
        },
        {
          title: "change/s",
          isFigure: true,
          value: (one: Progress) => changeText(lags.changeOf(one)),
        },
        { title: "client", value: ({ clientId }: Progress) => clientId ?? NONE },
      ]} />
    <h2>Members</h2>
    <${Table} caption="Members of the group" rows=${members}
      empty=${html`Nobody is in it. ${isOurs ? consume : ""}`} columns=${[
        { title: "client", value: ({ clientId }: Member) => clientId },
        { title: "host", value: ({ host }: Member) => host },
        {
          title: "partitions",
          value: ({ assignment }: Member) =>
            assignment.length === 0
              ? "none"
              : html`<ul class="assigned">${
                assignment.map(({ topic, partitions }) =>
                  html`<li>${topic} <b>${partitions.join(", ")}</b></li>`
                )
              }</ul>`,
        },
        { title: "member", value: ({ id }: Member) => html`<code>${id}</code>` },
      ]} />
  `;
}

function lagOf({ partitions }: GroupState): number {
  return partitions.reduce((sum, { lag }) => sum + lag, 0);
}

function changeText(change: number | undefined): string {
  if (change === undefined) return NONE;
  if (Math.abs(change) < 0.05) return "0";
  return `${change > 0 ? "+" : "−"}${rate(Math.abs(change))}`;
}
