import { AssignerProtocol } from "kafkajs";
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { membershipOf } from "../../../consumer/group/membership.ts";

const { MemberAssignment, MemberMetadata } = AssignerProtocol;
const userData = Buffer.alloc(0);

function member(topics: string[], assignment?: Record<string, number[]>) {
  return {
    clientHost: "",
    clientId: "",
    memberId: "",
    memberMetadata: MemberMetadata.encode({ version: 0, topics, userData }),
    memberAssignment: assignment
      ? MemberAssignment.encode({ version: 0, assignment, userData })
      : Buffer.alloc(0),
  };
}

const OURS = new Map([["a", [0, 1]], ["b", [0]]]);

Deno.test("membershipOf() counts subscribers, partitions and what nobody reads", () => {
  const members = [
    member(["a", "b"], { a: [0], b: [0] }),
    member(["a"]),
    member(["c"], { c: [0] }),
  ];
  assert.deepEqual(membershipOf(members, OURS), {
    members: 2,
    partitions: 3,
    unread: 1,
    otherTopics: ["c"],
  });
});

Deno.test("membershipOf() takes a partition for unread whose owner does not subscribe to it", () => {
  const members = [member(["c"], { a: [0, 1], b: [0] }), member(["a", "b"])];
  assert.equal(membershipOf(members, OURS).unread, 3);
});
