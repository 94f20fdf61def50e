import { AssignerProtocol, type GroupDescription, type MemberDescription } from "kafkajs";
import type { Settings } from "../../shared/cli/settings.ts";
import { connectCluster } from "../../shared/kafka/cluster.ts";
import { askGroup } from "../../shared/kafka/group.ts";
import { type ReadableLog, readableLogs } from "../../shared/kafka/log_ends.ts";
import type { KafkaConnection } from "../connections.ts";
import { offsetsByPlace, type TopicOffsets } from "../../shared/kafka/offsets_by_place.ts";
import { isVisible } from "../topics/topics.ts";
import { whileTopicsChange } from "../topics/while_topics_change.ts";

/** A member of a consumer group. */
export interface Member {
  readonly id: string;
  readonly clientId: string;
  readonly host: string;
  /** The partitions of each topic that it has. */
  readonly assignment: readonly {
    readonly topic: string;
    readonly partitions: readonly number[];
  }[];
}

/** How far a group is in a partition. */
export interface Progress {
  readonly topic: string;
  readonly partition: number;
  /** The first offset of the log, and the one behind the last. */
  readonly low: number;
  readonly end: number;
  /** The next offset to read; undefined: nothing is committed. */
  readonly committed?: number;
  /** Offsets up to the end; all of the log where nothing is committed. */
  readonly lag: number;
  /** The client that has the partition. */
  readonly clientId?: string;
}

/** A consumer group. */
export interface GroupState {
  readonly group: string;
  /** Whether it is the one that lands the events. */
  readonly isOurs: boolean;
  /** As Kafka calls it: Stable, Empty, PreparingRebalance, CompletingRebalance, Dead. */
  readonly state: string;
  readonly members: readonly Member[];
  readonly partitions: readonly Progress[];
}

/** Consumer groups, and when they were looked at, in ms since the epoch. */
export interface Groups {
  readonly at: number;
  readonly groups: readonly GroupState[];
  /** How many more there are. */
  readonly more: number;
}

/** More groups are not asked for their offsets: each costs a request. */
const MOST = 200;

/**
 * All consumer groups, ours first.
 *
 * @param only the one group to look at; one that Kafka does not know is Dead
 * @throws kafkajs' errors
 */
export async function lookAtGroups(
  connection: KafkaConnection,
  settings: Settings,
  only?: string,
): Promise<Groups> {
  return await whileTopicsChange(() => look(connection, settings, only));
}

async function look(
  { kafka, admin }: KafkaConnection,
  settings: Settings,
  only: string | undefined,
): Promise<Groups> {
  const { groups } = only === undefined
    ? await askGroup(admin, (admin) => admin.listGroups())
    : { groups: [{ groupId: only }] };
  const all = groups.map(({ groupId }) => groupId).toSorted((a, b) =>
    Number(b === settings.group) - Number(a === settings.group) || (a < b ? -1 : 1)
  );
  const names = all.slice(0, MOST);
  if (names.length === 0) return { at: Date.now(), groups: [], more: 0 };
  const described = await askGroup(admin, (admin) => admin.describeGroups(names));
  const committed = await Promise.all(
    names.map((groupId) => admin.fetchOffsets({ groupId })),
  );
  const there = new Set((await admin.listTopics()).filter(isVisible));
  const wanted = new Set([
    ...committed.flat().map(({ topic }) => topic),
    ...described.groups.flatMap(({ members, protocolType }) =>
      members.flatMap((member) => assignmentOf(member, protocolType).map(({ topic }) => topic))
    ),
  ].filter((topic) => there.has(topic)));
  await using cluster = await connectCluster(kafka);
  const logs = wanted.size > 0 ? await readableLogs(cluster, [...wanted]) : [];
  const at = Date.now();
  return {
    at,
    more: all.length - names.length,
    groups: names.map((group, i): GroupState => {
      const description = described.groups.find(({ groupId }) => groupId === group);
      const members = (description?.members ?? []).map((member) =>
        memberOf(member, description!.protocolType)
      );
      return {
        group,
        isOurs: group === settings.group,
        state: description?.state ?? "Unknown",
        members,
        partitions: progressOf(logs, committed[i]!, members),
      };
    }),
  };
}

function progressOf(
  logs: readonly ReadableLog[],
  committed: readonly TopicOffsets[],
  members: readonly Member[],
): Progress[] {
  const offsets = offsetsByPlace(committed);
  const clients = new Map(
    members.flatMap(({ clientId, assignment }) =>
      assignment.flatMap(({ topic, partitions }) =>
        partitions.map((partition) => [`${topic}/${partition}`, clientId])
      )
    ),
  );
  return logs.flatMap(({ topic, partition, low, high }): Progress[] => {
    const place = `${topic}/${partition}`;
    const offset = offsets.get(place) ?? -1;
    const clientId = clients.get(place);
    if (offset < 0 && clientId === undefined) return [];
    const lag = Math.max(0, high - Math.max(low, offset));
    const known = offset < 0 ? {} : { committed: offset };
    return [{ topic, partition, low, end: high, ...known, lag, clientId }];
  }).toSorted((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
  );
}

function memberOf(
  member: MemberDescription,
  protocolType: GroupDescription["protocolType"],
): Member {
  const { memberId: id, clientId, clientHost } = member;
  // Kafka writes a slash before the address.
  const host = clientHost.replace(/^\//, "");
  return { id, clientId, host, assignment: assignmentOf(member, protocolType) };
}

/** What a member has; nothing where it is no consumer, or says it in another way. */
function assignmentOf(
  { memberAssignment }: MemberDescription,
  protocolType: string,
): Member["assignment"] {
  if (protocolType !== "consumer" || memberAssignment.length === 0) return [];
  try {
    const decoded = AssignerProtocol.MemberAssignment.decode(memberAssignment);
    return Object.entries(decoded?.assignment ?? {}).map(([topic, partitions]) => ({
      topic,
      partitions: partitions.toSorted((a, b) => a - b),
    })).toSorted((a, b) => a.topic < b.topic ? -1 : 1);
  } catch {
    return [];
  }
}
