import { parse } from "csv-parse/sync";
import fc from "fast-check";
import assert from "node:assert/strict";
import { csvLine, NotCsv } from "../../../shared/formats/csv.ts";
import { CsvBytes } from "../../../shared/formats/csv_bytes.ts";

const unit = { permissions: "none" } as const;

/** The cells of a file that comes in pieces of these lengths, the last one for all that is left. */
function read(file: string | Uint8Array, lengths: readonly number[] = [Infinity]) {
  const bytes = typeof file === "string" ? new TextEncoder().encode(file) : file;
  const reader = new CsvBytes();
  const records = [];
  let at = 0;
  for (let n = 0; at < bytes.length; n++) {
    const length = lengths[Math.min(n, lengths.length - 1)]!;
    records.push(...reader.read(bytes.subarray(at, at + length)));
    at += length;
  }
  return [...records, ...reader.end()];
}

function cells(file: string | Uint8Array, lengths?: readonly number[]): string[][] {
  return read(file, lengths).map(({ cells }) => cells);
}

/** What no record has at the end of a file. */
// deno-lint-ignore no-control-regex -- old programs write it
const END = /\r?\x1a?$/;

/** What CSV is made of, right and wrong. */
const soup = fc.array(
  fc.constantFrom('"', '""', ",", "\n", "\r\n", "\r", "a", " ", "\\", "é", "🚗", "\\.", "\x1a"),
  { maxLength: 30 },
).map((parts) => parts.join(""));

Deno.test(
  "CsvBytes finds the records that a strict reader finds, or refuses the file",
  unit,
  () => {
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(soup, fc.string({ unit: "binary" })), (text) => {
        let ours: string[][];
        try {
          ours = cells(text);
        } catch (error) {
          assert.ok(error instanceof NotCsv, String(error));
          return;
        }
        taken++;
        const ended = text.replace(END, "");
        const hasReturns = /\r(?!\n)/.test(ended.replaceAll(/"(?:[^"]|"")*"/g, "q"));
        const theirs: string[][] = parse(ended, {
          bom: true,
          relax_column_count: true,
          record_delimiter: hasReturns ? ["\r\n", "\r"] : ["\r\n", "\n"],
        });
        const isEmpty = (record: string[]) => record.length === 1 && record[0]!.trim() === "";
        assert.deepEqual(
          ours.filter((record) => !isEmpty(record)),
          theirs.filter((record) => !isEmpty(record)),
        );
      }),
      { numRuns: 3_000 },
    );
    assert.ok(taken > 300, `${taken} were taken`);
  },
);

Deno.test("CsvBytes reads the same in pieces of any length", unit, () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 });
  const outcome = (text: string, lengths?: number[]) => {
    try {
      return read(text, lengths);
    } catch (error) {
      // Where a file is wrong twice, the pieces decide which fault is met first.
      return (error as Error).name;
    }
  };
  fc.assert(
    fc.property(soup, lengths, (text, lengths) => {
      assert.deepEqual(outcome(text, lengths), outcome(text));
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("CsvBytes reads what csvLine() writes, whatever stands in the cells", unit, () => {
  const cell = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));
  const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1 });
  fc.assert(fc.property(rows, fc.constantFrom("\n", "\r\n"), (rows, end) => {
    assert.deepEqual(
      cells(`x,y${end}${rows.map((row) => csvLine(row) + end).join("")}`).slice(1),
      rows,
    );
  }));
});

Deno.test(
  "CsvBytes takes what is unambiguous: line ends that differ, empty lines, Ctrl-Z, a mark",
  unit,
  () => {
    const two = [["a", "b"], ["1", "2"]];
    for (
      const text of [
        "a,b\n1,2\n",
        "a,b\n1,2",
        "a,b\r\n1,2\n",
        "a,b\n1,2\r\n",
        "a,b\r1,2\r",
        "a,b\r\r\n1,2\r\r\n",
        "\ufeffa,b\n1,2\n",
        "a,b\n1,2\n\n\n",
        "a,b\n\n1,2\n  \n\r\n",
        "a,b\n1,2\n\x1a",
        "a,b\r\n1,2\x1a",
        '"a","b"\r\n"1","2"\r\n\r\n\x1a',
      ]
    ) assert.deepEqual(cells(text), two, JSON.stringify(text));
    assert.deepEqual(
      read('a,b\n\n"1\n1",2\n3,4').map(({ number, line, isEnded }) => [number, line, isEnded]),
      [
        [1, 1, true],
        [3, 3, true],
        [4, 5, false],
      ],
    );
    assert.deepEqual(cells(""), []);
    assert.deepEqual(cells('""\n'), [[""]]);
    assert.deepEqual(cells("a\x1a\n1\n"), [["a\x1a"], ["1"]], "Ctrl-Z in the midst is text");
  },
);

Deno.test("CsvBytes says what is wrong, in which line and which cell", unit, () => {
  const bytes = (...parts: (string | number)[]) =>
    Uint8Array.from(
      parts.flatMap((part) =>
        typeof part === "number" ? [part] : [...new TextEncoder().encode(part)]
      ),
    );
  const cases: [string | Uint8Array, string][] = [
    ['a,b\n1,15" rims\n', "2/1: a quote stands in a cell without quotes"],
    ['a,b\n1,"say \\"hi\\""\n', "2/1: text stands behind the closing quote"],
    ['a,b\n1, "x"\n', "2/1: a quote stands in a cell without quotes"],
    ['a,b\n"1" ,2\n', "2/0: text stands behind the closing quote"],
    ['a,b\n"1\n2",2\n3,"4\n5,6\n', "4/1: a quote opens the cell, and none closes it"],
    ["a,b\n1\r2,3\n", "2/0: a carriage return stands alone"],
    ["a,b\r1,2\n3,4\r", "2/1: the line ends with LF"],
    [bytes("a\n1\n", 0xff, "\n2\n"), "3/undefined: it is not UTF-8"],
    [bytes("a\n1\n2", 0xc3), "3/undefined: it is not UTF-8"],
    [bytes(0xff, 0xfe, "a", 0, "\n", 0), "1/undefined: it is not UTF-8"],
    [
      bytes("a", 0, "\n", 0, "1", 0),
      "1/undefined: it is not UTF-8 (save it as “CSV UTF-8”): there is a NUL",
    ],
    [bytes("a\n1\n", 0), "3/undefined: it is not UTF-8"],
  ];
  for (const [file, expected] of cases) {
    assert.throws(() => read(file), (error) => {
      assert.ok(error instanceof NotCsv);
      assert.ok(
        `${error.line}/${error.cell}: ${error.message}`.startsWith(expected),
        `${expected} ← ${error.line}/${error.cell}: ${error.message}`,
      );
      return true;
    });
  }
  assert.throws(
    () => read(bytes("a\n", 0xc3, 0xa9, "\n", 0xa9), [3, 1, 1, 1]),
    { line: 3 },
    "a character in two pieces is right",
  );
});

Deno.test("CsvBytes takes no row that fills the memory", unit, () => {
  const reader = new CsvBytes();
  const piece = new TextEncoder().encode(`${"x".repeat(2 ** 20)}\n`);
  reader.read(new TextEncoder().encode('a\n"'));
  assert.throws(() => {
    for (let n = 0; n < 80; n++) reader.read(piece);
  }, { message: /^the row that begins here has more than \d+ characters$/, line: 2 });
});
