import assert from "node:assert/strict";
import { UserError } from "../../shared/cli/errors.ts";
import { taskCommand } from "../../shared/cli/task_command.ts";
import { isProved, verificationText, verificationVerdict } from "../../verify/text.ts";
import type { FileSum, Loaded, TopicSum, Verification } from "../../verify/verification.ts";

const unit = { permissions: "none" } as const;

function topic(changes: Partial<TopicSum> = {}): TopicSum {
  return {
    type: "sales",
    published: 0,
    landed: 0,
    deadLetters: 0,
    repeats: 0,
    tombstones: 0,
    empty: 0,
    unprovable: 0,
    lag: 0,
    ...changes,
  };
}

function files(changes: Partial<FileSum> = {}): FileSum {
  const none = { files: 0, rows: 0, waiting: 0, facts: 0, rejected: 0, repeats: 0 };
  return { type: "sales", ...none, ...changes };
}

type Changes = Partial<Verification> & { files?: FileSum[]; freshness?: Loaded["freshness"] };

function verification({ files = [], freshness = [], ...changes }: Changes): Verification {
  return {
    topics: [],
    warehouse: { files, cells: { files: 0, of: 0, cells: 0, lost: 0 }, freshness },
    problems: [],
    differences: changes.problems?.length ?? 0,
    unprovable: [],
    notes: [],
    ...changes,
  };
}

const text = (changes: Changes) => verificationText(verification(changes), { group: "a-group" });
const verdict = (changes: Changes) => verificationVerdict(verification(changes));

Deno.test(
  "verificationText() shows each type, every count under its title, and the sums of all",
  unit,
  () => {
    const lines = text({
      topics: [
        topic({
          published: 1_234,
          landed: 1_000,
          deadLetters: 200,
          repeats: 30,
          tombstones: 3,
          empty: 1,
          lag: 7,
        }),
        topic({ type: "telemetry", published: 9, landed: 9 }),
      ],
      files: [
        files({ files: 12, rows: 1_000, waiting: 500, facts: 470, rejected: 20, repeats: 10 }),
        files({ type: "telemetry", files: 1, rows: 9, facts: 9 }),
      ],
    });
    assert.deepEqual(lines, [
      "Kafka → files (what a-group has committed)",
      "  type       published  landed  dead letters  repeats  tombstones  markers  lag",
      "  sales          1,234   1,000           200       30           3        1    7",
      "  telemetry          9       9             0        0           0        0    0",
      "  all            1,243   1,009           200       30           3        1    7",
      "",
      "Files → warehouse",
      "  type       files   rows  waiting  facts  rejected  repeats",
      "  sales         12  1,000      500    470        20       10",
      "  telemetry      1      9        0      9         0        0",
      "  all           13  1,009      500    479        20       10",
    ]);
  },
);

Deno.test("verificationText() shows zeros where there is nothing yet", unit, () => {
  assert.deepEqual(text({ files: [files()] }), [
    "Kafka → files (what a-group has committed)",
    "  type  published  landed  dead letters  repeats  tombstones  markers  lag",
    "  all           0       0             0        0           0        0    0",
    "",
    "Files → warehouse",
    "  type   files  rows  waiting  facts  rejected  repeats",
    "  sales      0     0        0      0         0        0",
    "  all        0     0        0      0         0        0",
  ]);
});

Deno.test("verificationText() tells how long events took, and what is worth knowing", unit, () => {
  const freshness = [{ type: "sales", events: 1_500, p50: 3.14, p95: 61.96 }] as const;
  const lines = text({ freshness, notes: ["one thing", "another"] });
  assert.deepEqual(lines.slice(-7), [
    "",
    "From the event to the warehouse, streamed files of the last 24 h",
    "  type   events  p50    p95",
    "  sales   1,500  3.1 s  62.0 s",
    "",
    "one thing",
    "another",
  ]);
});

Deno.test("verificationVerdict() is two sums where nothing is left over", unit, () => {
  assert.deepEqual(
    verdict({
      topics: [
        topic({ published: 1_000, landed: 999, deadLetters: 1 }),
        topic({ published: 234, landed: 234, lag: 50 }),
      ],
      files: [files({ rows: 1_233, facts: 1_230, rejected: 1, repeats: 2 })],
    }),
    [
      "✅ 1,234 published = 1,233 landed + 1 dead letters",
      "✅ 1,233 rows in files = 1,230 facts + 1 rejected + 2 repeats",
    ],
  );
});

Deno.test("verificationVerdict() adds what needs no file, and what is not loaded yet", unit, () => {
  assert.deepEqual(
    verdict({
      topics: [
        topic({ published: 3_006, landed: 1_000, repeats: 1_000, tombstones: 1_000, empty: 6 }),
      ],
      files: [files({ rows: 1_000, waiting: 1_000 })],
      notes: ["no fault"],
    }),
    [
      "✅ 3,006 published = 1,000 landed + 0 dead letters + 2,006 repeats, tombstones and markers",
      "✅ 1,000 rows in files = 0 facts + 0 rejected + 0 repeats + 1,000 waiting",
    ],
  );
});

Deno.test(
  "verificationVerdict() is two sums of nothing before anything was published",
  unit,
  () => {
    assert.deepEqual(verdict({}), [
      "✅ 0 published = 0 landed + 0 dead letters",
      "✅ 0 rows in files = 0 facts + 0 rejected + 0 repeats",
    ]);
  },
);

Deno.test("verificationVerdict() lists what does not add up, and claims nothing", unit, () => {
  assert.deepEqual(
    verdict({ topics: [topic({ published: 1, landed: 1 })], problems: ["this", "that"] }),
    ["✗ The counts do not add up: 2 differences", "  this", "  that"],
  );
});

Deno.test("what is no longer verifiable is listed separately, and is no difference", unit, () => {
  const lost = {
    topics: [topic({ published: 12, landed: 7, unprovable: 5 })],
    unprovable: ["sales_topic/0 offsets 0 to 4: …"],
  };
  const lines = text(lost);
  assert.deepEqual(lines.slice(1, 3), [
    "  type   published  landed  dead letters  repeats  tombstones  markers  deleted  lag",
    "  sales         12       7             0        0           0        0        5    0",
  ]);
  assert.deepEqual(lines.slice(-2), ["No longer verifiable", "  sales_topic/0 offsets 0 to 4: …"]);
  assert.equal(
    verdict(lost)[0],
    "✅ 12 published = 7 landed + 0 dead letters + 5 no longer verifiable",
  );
  assert.ok(isProved(verification(lost)));
});

Deno.test(
  "a warehouse that was not looked at is said, and is wrong unless it was asked for",
  unit,
  () => {
    const landed = "✅ 0 published = 0 landed + 0 dead letters";
    const asked = { warehouse: {} };
    assert.equal(text(asked).at(-1), "  not checked (--files-only)");
    assert.deepEqual(verdict(asked), [landed]);
    assert.ok(isProved(verification(asked)));
    const away = { warehouse: { because: new UserError("It is away", "start it") } };
    assert.equal(text(away).at(-1), "  not checked: It is away");
    assert.deepEqual(verdict(away), [
      landed,
      "✗ Files → warehouse was not checked",
      "  → start it",
      `  → without a warehouse: ${taskCommand("verify --files-only")}`,
    ]);
    assert.ok(!isProved(verification(away)));
  },
);

Deno.test("verificationVerdict() counts differences that are not named any more", unit, () => {
  assert.equal(
    verdict({ problems: ["this", "… and 4 more"], differences: 5 })[0],
    "✗ The counts do not add up: 5 differences",
  );
});
