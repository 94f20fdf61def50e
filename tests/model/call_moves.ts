import type { Call, CallKind } from "./calls.ts";
import { LOG_FAULTS } from "./log_moves.ts";
import { plannedUploads } from "./plans.ts";
import type { Member } from "./member.ts";
import { allowed, type Move } from "./moves.ts";
import type { Fault } from "./scenario.ts";
import type { UnderWay, World } from "./world.ts";

/** Calls that change something: their answer can be lost. */
const EFFECTS: ReadonlySet<CallKind> = new Set(["upload", "complete", "abort", "commit", "letter"]);
/** Calls that nothing answers with an error. */
const WAITS: ReadonlySet<CallKind> = new Set(["wait", "settle pause"]);

/** What can become of the calls that wait. */
export function callMoves(
  world: World,
  faulty: boolean,
): { ordinary: Move[]; faults: Move[]; unseen?: Move[] } {
  const ordinary: Move[] = [];
  const faults: Move[] = [];
  for (const { members } of world.groups) {
    for (const member of members) {
      for (const call of member.calls.pending) {
        if (!canEnd(world, call)) continue;
        const move = { label: call.label, apply: () => answer(world, member, call) };
        const failures = faulty ? callFaults(world, member, call) : [];
        if (world.scenario.eager && isUnseen(world, call)) {
          return { ordinary, faults, unseen: [move, ...allowed(world, failures)] };
        }
        ordinary.push(move);
        faults.push(...failures);
      }
    }
  }
  for (const ghost of world.ghosts) {
    const apply = () => {
      world.ghosts.splice(world.ghosts.indexOf(ghost), 1);
      tryEffect(ghost.call);
    };
    const label = `${ghost.call.label} arrives`;
    if (ghost.sent) ordinary.push({ label, apply });
    else faults.push({ label, fault: "request late", apply });
  }
  ordinary.push(...world.underWay.flatMap((one) => endings(world, one)));
  return { ordinary, faults };
}

function answer(world: World, member: Member, call: Call): void {
  if (call.kind === "settle pause") {
    for (const one of world.underWay) one.pauses++;
    if (!world.scenario.eager) world.bucket.now += 1_000;
  }
  try {
    member.calls.answer(call, call.effect());
  } catch (error) {
    member.calls.fail(call, error);
  }
}

/** Whether a call can be answered now. A completion ends before anybody gives it up. */
function canEnd(world: World, call: Call): boolean {
  if (call.kind === "settle pause") return world.underWay.every(({ pauses }) => pauses < 2);
  return world.underWay.every((one) => one.call !== call);
}

/** Whether nobody else can tell when a call is answered: it changes and sees nothing that others do. */
function isUnseen(world: World, { kind, about, isVain }: Call): boolean {
  if (isVain?.()) return true;
  switch (kind) {
    case "upload":
    case "wait":
      return true;
    case "settle pause":
      return world.underWay.length === 0;
    case "has earlier":
      // What a takeover asks for a warning.
      return about.includes("99999999");
    case "epoch":
      return LOG_FAULTS.every((fault) => !world.scenario.faults.has(fault));
    case "abort":
      return !world.groups.some(({ coordinator }) => plannedUploads(coordinator).has(about)) &&
        !world.ghosts.some(({ call }) => call.about === about);
    default:
      return false;
  }
}

function callFaults(world: World, member: Member, call: Call): Move[] {
  const { kind, label } = call;
  const moves: Move[] = [];
  if (WAITS.has(kind)) return moves;
  const add = (fault: Fault, apply: () => void) =>
    moves.push({ label: `${label}: ${fault}`, fault, apply });
  const fail = () => member.calls.fail(call, new Error("the answer is an error"));
  add("error", fail);
  if (EFFECTS.has(kind)) {
    add("answer lost", () => (tryEffect(call), fail()));
    if (member.alive) {
      add("crash after", () => (tryEffect(call), member.calls.drop(call), world.crash(member)));
    }
    add("request late", () => (world.ghosts.push({ call, sent: true }), fail()));
  }
  const upload = world.bucket.uploads.get(call.about);
  if (kind === "complete" && upload?.state === "waits") {
    add("completion under way", () => {
      if (!world.bucket.begin(call.about)) return answer(world, member, call);
      world.underWay.push({ uploadId: call.about, member, call, pauses: 0 });
    });
    add("upload refused", () => {
      upload.state = "refused";
      answer(world, member, call);
    });
  }
  if (kind === "commit" && world.topics.length > 1) {
    add("torn commit", () => {
      world.torn = true;
      tryEffect(call);
      world.torn = false;
      fail();
    });
  }
  return moves;
}

function tryEffect({ effect }: Pick<Call, "effect">): void {
  try {
    effect();
  } catch {
    // The refusal is lost, too.
  }
}

/** How a completion that is under way ends: a server that dies in it has made the file, or gives it back. */
function endings(world: World, one: UnderWay): Move[] {
  const { uploadId, member, call } = one;
  const end = (made: boolean, answered: boolean) => () => {
    world.underWay.splice(world.underWay.indexOf(one), 1);
    const outcome = world.bucket.end(uploadId, made);
    if (!member.calls.pending.includes(call)) return;
    if (answered) member.calls.answer(call, outcome);
    else member.calls.fail(call, new Error("the answer is an error"));
  };
  return [
    { label: `S3 ends ${uploadId}: made`, apply: end(true, true) },
    { label: `S3 ends ${uploadId}: made, answer lost`, apply: end(true, false) },
    { label: `S3 ends ${uploadId}: rolled back`, apply: end(false, false) },
  ];
}
