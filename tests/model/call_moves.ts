import type { Call, CallKind } from "./calls.ts";
import { LOG_FAULTS } from "./log_moves.ts";
import { plannedUploads } from "./plans.ts";
import type { Member } from "./member.ts";
import { allowed, type Move } from "./moves.ts";
import type { Fault } from "./scenario.ts";
import type { InProgress, World } from "./world.ts";

/** Calls with a side effect: their response can be lost after it. */
const EFFECTS: ReadonlySet<CallKind> = new Set(["upload", "complete", "abort", "commit", "letter"]);
/** Calls that never fail. */
const WAITS: ReadonlySet<CallKind> = new Set(["wait", "settle pause"]);

/** What can happen to the pending calls. */
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
    else faults.push({ label, fault: "late request", apply });
  }
  ordinary.push(...world.inProgress.flatMap((one) => endings(world, one)));
  return { ordinary, faults };
}

function answer(world: World, member: Member, call: Call): void {
  if (call.kind === "settle pause") {
    for (const one of world.inProgress) one.pauses++;
    if (!world.scenario.eager) world.bucket.now += 1_000;
  }
  try {
    member.calls.answer(call, call.effect());
  } catch (error) {
    member.calls.fail(call, error);
  }
}

/** Whether a call can be answered now. A completion finishes before anyone gives up on it. */
function canEnd(world: World, call: Call): boolean {
  if (call.kind === "settle pause") return world.inProgress.every(({ pauses }) => pauses < 2);
  return world.inProgress.every((one) => one.call !== call);
}

/**
 * Whether nobody else can tell when a call is answered: it neither changes nor reads shared state.
 */
function isUnseen(world: World, { kind, about, isMoot }: Call): boolean {
  if (isMoot?.()) return true;
  switch (kind) {
    case "upload":
    case "wait":
      return true;
    case "settle pause":
      return world.inProgress.length === 0;
    case "has earlier":
      // A takeover asks this only to word a warning.
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
  const fail = () => member.calls.fail(call, new Error("the response is an error"));
  add("error", fail);
  if (EFFECTS.has(kind)) {
    add("response lost", () => (tryEffect(call), fail()));
    if (member.alive) {
      add("crash after", () => (tryEffect(call), member.calls.drop(call), world.crash(member)));
    }
    add("late request", () => (world.ghosts.push({ call, sent: true }), fail()));
  }
  const upload = world.bucket.uploads.get(call.about);
  if (kind === "complete" && upload?.state === "pending") {
    add("completion in progress", () => {
      if (!world.bucket.begin(call.about)) return answer(world, member, call);
      world.inProgress.push({ uploadId: call.about, member, call, pauses: 0 });
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
    // The error response is lost as well.
  }
}

/**
 * How a completion in progress finishes: a server that dies during it has created the file, or not.
 */
function endings(world: World, one: InProgress): Move[] {
  const { uploadId, member, call } = one;
  const end = (made: boolean, answered: boolean) => () => {
    world.inProgress.splice(world.inProgress.indexOf(one), 1);
    const outcome = world.bucket.end(uploadId, made);
    if (!member.calls.pending.includes(call)) return;
    if (answered) member.calls.answer(call, outcome);
    else member.calls.fail(call, new Error("the response is an error"));
  };
  return [
    { label: `S3 ends ${uploadId}: completed`, apply: end(true, true) },
    { label: `S3 ends ${uploadId}: completed, response lost`, apply: end(true, false) },
    { label: `S3 ends ${uploadId}: rolled back`, apply: end(false, false) },
  ];
}
